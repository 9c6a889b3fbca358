import { Client } from 'pg';
import { ProvisioningError } from './provisioning-error.js';

/** The oldest versions with every feature in use. */
const OLDEST = {
  // Quorum queues with a message TTL and at-least-once delivery limits.
  RabbitMQ: '3.10',
  // idle_session_timeout, which frees the locks of a lost session.
  PostgreSQL: '14',
} as const;

/**
 * Fails when a server is older than the topology, or the tables, need.
 *
 * @param variable the variable that holds its URL, for the message
 * @param version as the server reports it: `3.10.8`, `4.3.0-rc.1`, `18.4 (Debian 18.4-1)`
 * @throws ProvisioningError with name, version and the oldest supported version
 */
export function assertServerVersion(variable: string, product: keyof typeof OLDEST, version: string): void {
  const numbers = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10));
  const [major = Number.NaN, minor = 0] = numbers(version);
  const [oldestMajor = 0, oldestMinor = 0] = numbers(OLDEST[product]);
  const isSupported = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  // A fork may report any text.
  if (isSupported || Number.isNaN(major)) return;
  throw new ProvisioningError(
    `${variable}: this is ${product} ${version}, but ${product} ${OLDEST[product]} or newer is needed`,
  );
}

/**
 * Reads the version of a PostgreSQL server and checks it. Rejects with the error of the connection when it fails.
 *
 * @throws ProvisioningError when the server is too old
 */
export async function assertPostgresVersion(variable: string, url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the running query rejects with the same error
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    assertServerVersion(variable, 'PostgreSQL', rows[0]?.server_version ?? '');
  } finally {
    await client.end();
  }
}
