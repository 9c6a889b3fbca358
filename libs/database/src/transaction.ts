import type { Pool, PoolClient } from 'pg';
import { sqlState } from './errors.js';

/**
 * An SQL statement with a name. The name makes PostgreSQL keep the parsed statement on each connection
 * (a prepared statement), so it must be unique for its text.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Names a statement; see {@link Statement}. */
export function statement(name: string, text: string): Statement {
  return { name, text };
}

/**
 * A transaction in progress. Whoever has one may read and write in it and nothing else: only
 * {@link inTransaction} begins, commits and rolls back.
 */
export interface Transaction {
  /**
   * Runs one statement and resolves to its rows. Statements run in the order in which they were given, and need not
   * wait for each other's rows: what is given together (`Promise.all`) costs one round trip. When one fails, so do
   * those behind it. All must have been awaited, or given to `sendWithCommit`, when the work ends.
   */
  query<Row = Record<string, never>>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Takes the last statements, which the work then need not await: COMMIT goes out right behind them, and the
   * transaction is a round trip shorter. When one of them fails PostgreSQL rolls back, and the transaction rejects with
   * that error. So only PostgreSQL may judge them: to look at their answers is too late to change anything.
   */
  sendWithCommit(...statements: readonly Promise<unknown>[]): void;
  /**
   * Registers what is to happen right after the commit, such as waking the relay. Must not throw. Never called when
   * the transaction rolls back or when the outcome of the commit is unknown, so nothing may depend on it alone.
   */
  onCommit(listener: () => void): void;
  /**
   * Registers what is to be put right in memory when the transaction has not committed, or may not have: exactly one
   * of the two kinds of listeners is called. Must not throw.
   */
  onRollback(listener: () => void): void;
}

/** The SQLSTATE of statements behind one that failed. */
const IN_FAILED_TRANSACTION = '25P02';

/** How long a ROLLBACK may take; then the connection is given up, and the server rolls back by itself. */
const ROLLBACK_TIMEOUT_MS = 1_000;

/**
 * Runs `work` in one transaction on one connection of `pool`: commits when it resolves, rolls back when it rejects.
 *
 * When the connection dies during COMMIT the outcome is unknown and this rejects with a transient error (see
 * `isTransient`): the work may have been committed. Callers must be idempotent, as inbox and idempotency keys make them.
 */
export async function runInTransaction<Result>(
  pool: Pool,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const listeners = { commit: [] as (() => void)[], rollback: [] as (() => void)[] };
  const sentWithCommit: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const outcome = withConnection(pool, async (client) => {
    const begun = client.query('BEGIN');
    begun.catch(() => {}); // the first statement goes out with it, and fails with it
    const result = await work({
      query: (sql, values) => runStatement(client, sql, values),
      sendWithCommit: (...statements) => {
        sentWithCommit.push(...statements);
        for (const statement of statements) statement.catch((error: unknown) => failures.push(error));
      },
      onCommit: (listener) => listeners.commit.push(listener),
      onRollback: (listener) => listeners.rollback.push(listener),
    });
    if (failures.length > 0) throw failures[0]; // not even sent, perhaps: nothing that PostgreSQL would roll back for
    const committing = client.query('COMMIT');
    committing.catch(() => {}); // it fails with those before it
    await Promise.allSettled(sentWithCommit);
    // Those behind the one that failed fail too, and may be heard of sooner.
    if (failures.length > 0)
      throw failures.find((error) => sqlState(error) !== IN_FAILED_TRANSACTION) ?? failures[0];
    await begun;
    const { command } = await committing;
    // PostgreSQL answers COMMIT with ROLLBACK when an earlier statement failed and its error was swallowed.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: an error in it had been ignored');
    return result;
  });
  const [committed] = await Promise.allSettled([outcome]);
  for (const listener of listeners[committed.status === 'fulfilled' ? 'commit' : 'rollback']) listener();
  return outcome;
}

/** Lends a connection for `work`. When that fails, whatever it began is rolled back. */
async function withConnection<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  let broken: Error | undefined;
  const onClientError = (error: Error): void => {
    broken = error;
  };
  const client = await acquireConnection(pool, onClientError);
  try {
    return await work(client);
  } catch (error) {
    const rollback = { text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS };
    await client.query(rollback).catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.off('error', onClientError);
    client.release(broken);
  }
}

/**
 * Lends a connection whose errors are heard from its first moment on. Unheard, the error of one that dies between two
 * statements ends the process, and a promise would be too late: the pool hands a connection on while it reads the
 * end of the statement before, and the end of the session may be in the same piece of data.
 */
function acquireConnection(pool: Pool, onError: (error: Error) => void): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(error!);
      client.on('error', onError);
      resolve(client);
    });
  });
}

async function runStatement<Row>(
  client: PoolClient,
  sql: Statement,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await client.query({ name: sql.name, text: sql.text, values: [...values] });
  return rows as Row[];
}
