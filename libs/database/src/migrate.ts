import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type MixedList, MigrationExecutor, type QueryRunner } from 'typeorm';
import { sqlState } from './errors.js';
import { verifyConnection } from './verify-connection.js';

// The same in every program that migrates, and no other lock's key.
const MIGRATION_LOCK_KEY = 7_240_101;
const TRY_LOCK_INTERVAL_MS = 200;
/** Lock timeout and deadlock: the migration is rolled back, and a later attempt can succeed. */
const RETRIED_SQLSTATES: ReadonlySet<string | undefined> = new Set(['55P03', '40P01']);

/** The database of a service, and its migrations. */
export interface MigrateOptions {
  /** URL with the role that owns the tables. Required. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. Required. */
  readonly applicationName: string;
  /** Applied in the order of the timestamps in their names. Required. */
  readonly migrations: readonly (new () => object)[];
  /**
   * Longest wait of a migration for a lock, in ms. While it waits for an exclusive lock, later statements on the table
   * wait behind it, so writers wait at most this long. Default 1,000.
   */
  readonly lockTimeoutMs?: number;
  /** Pause before a migration without its lock is retried, in ms. Default 2,000. */
  readonly retryPauseMs?: number;
  /** How long such a migration is retried, in ms. Default 600,000. */
  readonly retryForMs?: number;
  /** Receives a line before each retry. Default none. */
  readonly report?: (line: string) => void;
}

/**
 * Applies the pending migrations of one database, and resolves to their names. Each runs in its own transaction, except
 * one with `transaction = false`; see `createIndexConcurrently`. A statement may take any time, but waits for a lock only
 * briefly; without the lock the migration is rolled back and retried. Concurrent calls, also of other processes, wait for
 * each other. Rejects with the error of a failed migration; the migrations before it stay applied, and the next call
 * continues.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const dataSource = await new DataSource(migrationOptions(options)).initialize();
  const lockHolder = dataSource.createQueryRunner();
  try {
    await waitForTurn(lockHolder);
    const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
    await runWithRetries(dataSource, options);
    return pending.map(({ name }) => name);
  } finally {
    await lockHolder.release();
    await dataSource.destroy();
  }
}

/** Without a statement timeout: the size of a table decides how long a migration takes. */
function migrationOptions({ url, applicationName, migrations, lockTimeoutMs = 1_000 }: MigrateOptions) {
  const settings = `SET statement_timeout = 0; SET lock_timeout = ${lockTimeoutMs}`;
  return {
    type: 'postgres',
    url,
    applicationName,
    migrations: migrations as MixedList<new () => object>,
    synchronize: false,
    poolSize: 2, // one runs the migrations, one holds the lock
    extra: {
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      // Called by the pool for each new connection.
      verify: verifyConnection((client) => client.query(settings)),
    },
  } as const;
}

/** Polls instead of waiting inside a statement: `CREATE INDEX CONCURRENTLY` would wait for that statement for ever. */
async function waitForTurn(lockHolder: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await lockHolder.query('SELECT pg_try_advisory_lock($1) AS locked', [
      MIGRATION_LOCK_KEY,
    ])) as { locked: boolean }[];
    if (row?.locked) return;
    await delay(TRY_LOCK_INTERVAL_MS);
  }
}

async function runWithRetries(
  dataSource: DataSource,
  { retryPauseMs = 2_000, retryForMs = 600_000, report }: MigrateOptions,
): Promise<void> {
  const giveUpAt = Date.now() + retryForMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dataSource.runMigrations({ transaction: 'each' });
      return;
    } catch (error) {
      if (!RETRIED_SQLSTATES.has(sqlState(error)) || Date.now() > giveUpAt) throw error;
      report?.(`waiting for a lock that another transaction holds; retry ${attempt} in ${retryPauseMs} ms`);
      await delay(retryPauseMs);
    }
  }
}
