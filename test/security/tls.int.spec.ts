import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, test } from 'vitest';

import { waitForDatabase } from '#database';
import { BrokerConnection, ConfirmPublisher } from '#messaging';
import { outboxMigrations, outboxPrivileges, Relay } from '#outbox';
import { provisionDatabase } from '#runtime';
import { countMessages } from '../../tools/audit/broker.js';
import { Snapshot } from '../../tools/audit/snapshot.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { startLocalPostgres } from '../../tools/local/postgres.js';
import { findPostgresUser } from '../../tools/local/postgres-binaries.js';
import { locateRabbitmq, startLocalRabbitmq } from '../../tools/local/rabbitmq-local.js';
import { createRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import { RecordingLog } from '../../libs/test-support/recording-log.js';

const programs = await locateRabbitmq();
const run = await createRunFolder();
afterAll(() => removeRunFolder(run));

const certificates = join(run.path, 'certificates');
const untrustedFolder = join(run.path, 'strangers');
for (const folder of [certificates, untrustedFolder]) await makeCertificates(folder);
const ca = join(certificates, 'ca.pem');
const untrustedCa = join(untrustedFolder, 'ca.pem');

const postgresKey = join(certificates, 'postgres-key.pem');
const user = await findPostgresUser();
if (user) await chown(postgresKey, user.uid, user.gid);
const postgres = await startLocalPostgres(run, {
  certificate: join(certificates, 'postgres.pem'),
  key: postgresKey,
});
afterAll(() => postgres.close());

const rabbitmq =
  programs === undefined
    ? undefined
    : await startLocalRabbitmq(run, programs, {
        certificate: join(certificates, 'rabbitmq.pem'),
        key: join(certificates, 'rabbitmq-key.pem'),
      });
afterAll(() => rabbitmq?.close());

async function makeCertificates(folder: string): Promise<void> {
  const script = join(REPOSITORY_ROOT, 'deploy', 'tls', 'make-certificates.sh');
  await promisify(execFile)('sh', [script, folder, 'postgres', 'rabbitmq']);
}

/** The certificates name localhost; they do not name 127.0.0.1, which is the same machine. */
function databaseUrl(host: string, rootCertificate?: string): string {
  const url = Object.assign(new URL(postgres.access.adminUrl), { hostname: host });
  url.searchParams.set('sslmode', 'verify-full');
  if (rootCertificate !== undefined) url.searchParams.set('sslrootcert', rootCertificate);
  return url.href;
}

function brokerUrl(host: string, rootCertificate?: string): string {
  const { user: name, password } = rabbitmq!.access.management!;
  const url = new URL(`amqps://${name}:${password}@${host}:${rabbitmq!.amqpsPort}`);
  if (rootCertificate !== undefined) url.searchParams.set('cacertfile', rootCertificate);
  return url.href;
}

async function isEncrypted(url: string): Promise<boolean> {
  const snapshot = await Snapshot.open('order', url);
  try {
    const [row] = await snapshot.rows<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return row?.ssl ?? false;
  } finally {
    await snapshot.close();
  }
}

describe('PostgreSQL over TLS', () => {
  test('accepts a client that trusts its certificate', async () => {
    await waitForDatabase(databaseUrl('localhost', ca), 0);
    expect(await isEncrypted(databaseUrl('localhost', ca))).toBe(true);
  });

  test('is refused when its certificate authority is not trusted', async () => {
    for (const root of [untrustedCa, undefined])
      await expect(waitForDatabase(databaseUrl('localhost', root), 60_000)).rejects.toThrow(/certificate/);
  });

  test('is refused under a name missing in its certificate', async () => {
    await expect(waitForDatabase(databaseUrl('127.0.0.1', ca), 60_000)).rejects.toThrow(
      /IP: 127\.0\.0\.1 is not in the cert/,
    );
  });

  test('serves migrations and the session of the relay', async () => {
    const url = databaseUrl('localhost', ca);
    const migrations = outboxMigrations;
    await provisionDatabase({ ownerUrl: url, migrations, privileges: outboxPrivileges });
    const log = new RecordingLog();
    const connection = new BrokerConnection({ url: 'amqp://127.0.0.1:1', name: 'none', log });
    const publisher = new ConfirmPublisher(connection, log);
    const relay = new Relay({
      databaseUrl: url,
      applicationName: 'relay',
      publisher,
      brokerUser: 'none',
      log,
    });
    relay.start();
    await expect.poll(() => relay.isActive).toBe(true);
    await relay.stop(500);
  });
});

describe('RabbitMQ over TLS', () => {
  test.skipIf(programs === undefined)(
    'accepts services and the audit when its certificate is trusted',
    async () => {
      const log = new RecordingLog();
      const connection = new BrokerConnection({ url: brokerUrl('localhost', ca), name: 'tls', log });
      await connection.start();
      await log.waitFor('broker connected');
      await connection.close();
      await expect(countMessages({ url: brokerUrl('localhost', ca) })).rejects.toThrow(/NOT.FOUND/); // it has no queues
    },
  );

  test.skipIf(programs === undefined).each([
    ['when another certificate authority is trusted', 'localhost', untrustedCa, /certificate/],
    ['when the certificate authority is not trusted', 'localhost', undefined, /certificate/],
    ['under a name missing in its certificate', '127.0.0.1', ca, /127\.0\.0\.1/],
  ])('is refused %s, with one warning', async (_, host, root, reason) => {
    const log = new RecordingLog();
    const connection = new BrokerConnection({ url: brokerUrl(host, root), name: 'tls', log });
    await connection.start();
    const { err } = await log.waitFor('broker connection attempt failed', 2);
    await connection.close();
    expect((err as Error).message).toMatch(reason);
    const lines = log.entries.filter(({ message }) => message === 'broker connection attempt failed');
    expect(lines.map(({ level }) => level)).toEqual(['warn', ...lines.slice(1).map(() => 'debug')]);
    expect(log.count('broker connected')).toBe(0);
  });

  test('is not tried when the CA file is missing', async () => {
    const log = new RecordingLog();
    const url = 'amqps://localhost:1/?cacertfile=/none/ca.pem';
    await expect(new BrokerConnection({ url, name: 'tls', log }).start()).rejects.toThrow(
      /cacertfile.*\/none\/ca\.pem/,
    );
  });
});
