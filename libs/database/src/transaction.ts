import type { Pool, PoolClient } from 'pg';
import { sqlState } from './errors.js';
import type { FaultMemory } from './fault-memory.js';
import { withConnection } from './pool-connection.js';

/**
 * A named SQL statement. PostgreSQL prepares it once per connection under its name, so a name must have one text only.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Creates a {@link Statement}. An empty name prepares nothing: for text that is built at run time. */
export function statement(name: string, text: string): Statement {
  return { name, text };
}

/**
 * A transaction in progress, for the functions that read and write in it. Only {@link runInTransaction} begins, commits and
 * rolls back.
 */
export interface Transaction {
  /**
   * Runs one statement and resolves to its rows. Statements run in call order, and are sent without waiting for earlier
   * results: statements started together (`Promise.all`) cost one round trip. After a failed statement all later ones
   * fail (SQLSTATE 25P02). Await every statement, or pass it to `sendWithCommit`, before `work` ends.
   */
  query<Row = Record<string, never>>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Sends COMMIT directly behind the last statements instead of after their results, which saves a round trip. When one of
   * them fails, PostgreSQL rolls back and the transaction rejects with that error. Hazard: their results arrive after the
   * commit, so `work` must not decide anything from them.
   */
  sendWithCommit(...statements: readonly Promise<unknown>[]): void;
  /**
   * Registers a listener that is called right after the commit, for example to wake the relay. It must not throw. It is not
   * called when the outcome of the commit is unknown: a committed row must also be found by polling.
   */
  onCommit(listener: () => void): void;
  /**
   * Registers a listener that is called when the transaction did not commit, or may not have, for example to undo a change
   * in memory. It must not throw. Either the commit or the rollback listeners are called.
   */
  onRollback(listener: () => void): void;
}

/** SQLSTATE of statements after a failed one. */
const IN_FAILED_TRANSACTION = '25P02';

/** Longest duration of a ROLLBACK, in ms; then the connection is closed, and the server rolls back. */
const ROLLBACK_TIMEOUT_MS = 1_000;

/**
 * Runs `work` in one transaction on one connection of `pool`: commits when it resolves, rolls back when it rejects, and
 * rejects with its error. After a fault of the system it closes the connection; see {@link withConnection}.
 *
 * When the connection ends during COMMIT, the outcome is unknown: it rejects with a transient error (see `isTransient`)
 * although the transaction may be committed. Callers must be idempotent, for example by inbox or idempotency key.
 *
 * COMMIT is pipelined (`sendWithCommit`). Measured 2026-11-30, with two other saved round trips: an order costs 54,100 µs
 * of CPU instead of 58,450 at 20 orders/s; no difference at full load.
 */
export async function runInTransaction<Result>(
  pool: Pool,
  work: (tx: Transaction) => Promise<Result>,
  faults?: FaultMemory,
): Promise<Result> {
  const listeners = { commit: [] as (() => void)[], rollback: [] as (() => void)[] };
  const sentWithCommit: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const runWork = async (client: PoolClient): Promise<Result> => {
    const begun = client.query('BEGIN');
    begun.catch(() => {}); // the first statement is sent with it, and rejects with its error
    const result = await work({
      query: (sql, values) => runStatement(client, sql, values, faults),
      sendWithCommit: (...statements) => {
        sentWithCommit.push(...statements);
        for (const statement of statements) statement.catch((error: unknown) => failures.push(error));
      },
      onCommit: (listener) => listeners.commit.push(listener),
      onRollback: (listener) => listeners.rollback.push(listener),
    });
    // A statement that failed before it was sent would not make PostgreSQL roll back.
    if (failures.length > 0) throw failures[0];
    const committing = client.query('COMMIT');
    noteOutcome(committing, faults);
    await Promise.allSettled(sentWithCommit);
    // Statements after the failed one fail too, and their rejections may be observed first.
    if (failures.length > 0)
      throw failures.find((error) => sqlState(error) !== IN_FAILED_TRANSACTION) ?? failures[0];
    await begun;
    const { command } = await committing;
    // PostgreSQL responds to COMMIT with ROLLBACK when an earlier statement failed and `work` ignored its error.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: `work` ignored the error of a statement');
    return result;
  };
  const rollback = { text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS };
  const outcome = withConnection(pool, runWork, (client) => client.query(rollback));
  const [committed] = await Promise.allSettled([outcome]);
  for (const listener of listeners[committed.status === 'fulfilled' ? 'commit' : 'rollback']) listener();
  return outcome;
}

/** Notes the outcome of COMMIT. It rejects when an earlier statement fails; the caller gets that statement's error. */
function noteOutcome(committing: Promise<unknown>, faults: FaultMemory | undefined): void {
  committing.then(
    () => faults?.onSuccess('COMMIT'),
    (error: unknown) => faults?.onFailure('COMMIT', error),
  );
}

/** Runs one statement and notes its success or failure. A statement after a failed one says nothing about the database. */
export async function runStatement<Row>(
  client: PoolClient,
  sql: Statement,
  values: readonly unknown[] = [],
  faults?: FaultMemory,
): Promise<Row[]> {
  try {
    const { rows } = await client.query({ name: sql.name, text: sql.text, values: [...values] });
    faults?.onSuccess(sql.name);
    return rows as Row[];
  } catch (error) {
    if (sqlState(error) !== IN_FAILED_TRANSACTION) faults?.onFailure(sql.name, error);
    throw error;
  }
}
