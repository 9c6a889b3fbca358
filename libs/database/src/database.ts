import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
import { readBigintsAsNumbers } from './integers.js';
import { PLANNER_SETTINGS } from './planner-settings.js';
import { runInTransaction, type Statement, type Transaction } from './transaction.js';
import { createCoalescingSocket } from './coalesce-writes.js';

/** How a service reaches its database, and what bounds it keeps. */
export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Most connections of the pool. Default 10. */
  readonly poolSizeMax?: number;
  /**
   * Longest one statement may run, in ms; the server ends it then. Default 10,000. When not even that is heard of for
   * 5,000 more, the link is taken for dead.
   */
  readonly statementTimeoutMs?: number;
  /** Longest a statement may wait for a lock, in ms; then SQLSTATE 55P03 and the transaction is tried again. Default 5,000. */
  readonly lockTimeoutMs?: number;
}

/** The TypeORM options of a service's database. Never synchronizes: the schema comes from migrations alone. */
export function databaseOptions(
  settings: DatabaseSettings,
  migrations: readonly (new () => object)[] = [],
): DataSourceOptions {
  const statementTimeoutMs = settings.statementTimeoutMs ?? 10_000;
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
      // Statements need not wait for the answers to those before; see `Transaction.query`.
      pipeline: true,
      stream: createCoalescingSocket,
      options: PLANNER_SETTINGS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + 5_000,
      lock_timeout: settings.lockTimeoutMs ?? 5_000,
      idle_in_transaction_session_timeout: 15_000,
    },
  };
}

/**
 * A service's database as its code sees it: transactions that are visible where they begin, on the pool that TypeORM
 * opened. TypeORM itself serves the data source and migrations; all statements are SQL one can read and EXPLAIN.
 */
@Injectable()
export class Database {
  static {
    readBigintsAsNumbers();
  }

  constructor(private readonly dataSource: DataSource) {}

  /** See `inTransaction`. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runInTransaction(this.pool, work);
  }

  /** Runs one statement in a transaction of its own, for reads that need no lock. */
  async query<Row>(sql: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.pool.query({ name: sql.name, text: sql.text, values: [...values] });
    return rows as Row[];
  }

  /** The connections of the pool: open, idle, and how many statements or transactions wait for one. */
  get connections(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.pool;
    return { open, idle, waiting };
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { readonly master: Pool }).master;
  }
}
