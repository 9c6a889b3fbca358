import { Injectable } from '@nestjs/common';
import pg, { type Pool } from 'pg';
import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
import { createCoalescingSocket } from './coalesce-writes.js';
import { ReadOnlyDatabaseError } from './errors.js';
import { FaultMemory } from './fault-memory.js';
import { assertSessionSettings, type SessionSettings, toStartupOptions } from './session-settings.js';
import { withConnection } from './pool-connection.js';
import { verifyConnection } from './verify-connection.js';
import {
  runInTransaction,
  runStatement,
  type Statement,
  statement,
  type Transaction,
} from './transaction.js';

const READ_ONLY = statement(
  'database_read_only',
  `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
);

/**
 * Session settings for services, which run only short statements by key: always use an index, and plan each prepared
 * statement once. With statistics that lag behind fast growth, the planner scans a table of thousands of rows as if it
 * were empty: several hundred rows per order were measured. Not for reports.
 */
export const PLANNER_SETTINGS: SessionSettings = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

/** Connection and time limits of a service's database. */
export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database`. Required. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. Required. */
  readonly applicationName: string;
  /** Most connections of the pool. Default 10. */
  readonly poolSizeMax?: number;
  /**
   * Longest duration of a statement, in ms; then the server cancels it (SQLSTATE 57014). Without a response for another
   * 5,000 ms, the client considers the connection dead. Default 10,000.
   */
  readonly statementTimeoutMs?: number;
  /** Longest wait of a statement for a lock, in ms; then it fails with SQLSTATE 55P03, which is transient. Default 5,000. */
  readonly lockTimeoutMs?: number;
  /** Settings of each session. Default: {@link PLANNER_SETTINGS}. */
  readonly sessionSettings?: SessionSettings;
}

/**
 * Builds the TypeORM options of a service's database. TypeORM never synchronises: only migrations change the schema. Each
 * new connection reads its settings back, and fails with SessionSettingsError when a pooler has dropped one.
 */
export function databaseOptions(
  settings: DatabaseSettings,
  migrations: readonly (new () => object)[] = [],
): DataSourceOptions {
  const { sessionSettings = PLANNER_SETTINGS, statementTimeoutMs = 10_000 } = settings;
  const timeouts = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: 15_000,
  };
  return {
    type: 'postgres',
    url: settings.url,
    applicationName: settings.applicationName,
    migrations: migrations as MixedList<new () => object>,
    synchronize: false,
    poolSize: settings.poolSizeMax ?? 10,
    extra: {
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      // A statement is sent before the previous one has its result; see `Transaction.query`.
      pipeline: true,
      stream: createCoalescingSocket,
      options: toStartupOptions(sessionSettings),
      ...timeouts,
      query_timeout: statementTimeoutMs + 5_000,
      verify: verifySettings({ ...sessionSettings, ...timeouts }),
    },
  };
}

/** Called by the pool for each new connection; with an error, the pool closes it. */
function verifySettings(expected: Readonly<Record<string, string | number>>) {
  const texts = Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, String(value)]));
  return verifyConnection((client) => assertSessionSettings(client, texts));
}

/**
 * A service's database: explicit transactions and SQL statements, on the pool that TypeORM opened. TypeORM provides the
 * data source and the migrations only, so every statement can be read and run with EXPLAIN. Integers of type bigint are
 * read as numbers; one beyond 2^53 - 1 is a RangeError.
 */
@Injectable()
export class Database {
  static {
    readBigintsAsNumbers();
  }

  private readonly faults = new FaultMemory();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction; see {@link runInTransaction} for commit, rollback and errors. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runInTransaction(this.pool, work, this.faults);
  }

  /** Runs one statement without an explicit transaction, for reads that need no lock. */
  query<Row>(sql: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return withConnection(this.pool, (client) => runStatement<Row>(client, sql, values, this.faults));
  }

  /**
   * Resolves when the server answers and accepts writes. Reads no table.
   *
   * @throws ReadOnlyDatabaseError when it is read-only: the connection is closed, so the next one may find the primary
   */
  async assertWritable(): Promise<void> {
    await withConnection(this.pool, async (client) => {
      const [row] = await runStatement<{ isReadOnly: boolean }>(client, READ_ONLY);
      if (row?.isReadOnly) throw new ReadOnlyDatabaseError();
    });
  }

  /** Why statements fail although the server answers: see {@link FaultMemory}; undefined while they succeed. */
  get fault(): string | undefined {
    return this.faults.current;
  }

  /** Connections of the pool: open, idle, and the number of callers that wait for one. */
  get connections(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.pool;
    return { open, idle, waiting };
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { readonly master: Pool }).master;
  }
}

/** Money in minor units and quantities stay far below 2^53; a larger value throws instead of being rounded. */
function readBigintsAsNumbers(): void {
  pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value))
      throw new RangeError(`${text} does not fit a JavaScript number exactly`);
    return value;
  });
}
