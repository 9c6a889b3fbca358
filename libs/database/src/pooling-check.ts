import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/** Longest wait for a server connection of the pooler, in ms. */
const WAIT_MAX_MS = 2_000;

/** The pooler gives the server session to other clients between transactions, so an advisory lock would be lost. */
export class TransactionPoolingError extends Error {
  override readonly name = 'TransactionPoolingError';

  constructor() {
    super(
      'the connection pooler uses transaction pooling, and advisory locks need a session: set pool_mode=session in ' +
        'PgBouncer, or connect to PostgreSQL directly',
    );
  }
}

/**
 * Detects a pooler that does not keep one server session per connection. Without a pooler it is one statement. Behind one,
 * a second connection opens a transaction: with transaction pooling it takes the server session that `client` used last.
 *
 * @throws TransactionPoolingError
 */
export async function assertSessionPooling(client: Client, config: ClientConfig): Promise<void> {
  const before = await readBackendPid(client);
  // The process id of the protocol's cancel key is that of the pooler, if there is one.
  if (before === (client as unknown as { readonly processID: number }).processID) return;
  const { stream: _, ...connection } = config;
  const other = new Client(connection);
  other.on('error', () => {}); // its statements reject
  try {
    await other.connect();
    const begun = await withinLimit(other.query('BEGIN; SELECT'));
    if (begun === undefined) return; // no free server connection: this one has kept its own
    if ((await withinLimit(readBackendPid(client))) !== before) throw new TransactionPoolingError();
  } finally {
    void other.end().catch(() => {});
  }
}

async function readBackendPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

async function withinLimit<Result>(work: Promise<Result>): Promise<Result | undefined> {
  work.catch(() => {}); // it may reject after the limit
  return Promise.race([work, delay(WAIT_MAX_MS, undefined, { ref: false })]);
}
