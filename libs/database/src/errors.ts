/** Returns the SQLSTATE of a PostgreSQL error, undefined for any other value. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

// 08 connection, 40 deadlock and serialization, 53 insufficient resources, 55P03 lock timeout, 57P operator intervention.
// 25P03 is the idle_in_transaction_session_timeout that `databaseOptions` sets: the session ended, the work can be repeated.
// Not 57014, the statement timeout: a message that always exceeds it would be retried for ever and block its queue.
const TRANSIENT_SQLSTATE = /^(08|40|53|57P)|^(55P03|25P03)$/;

const TRANSIENT_SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// pg gives a lost connection and an exhausted pool no code, only a message.
const TRANSIENT_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout)/;

/**
 * Whether repeating the whole transaction can succeed: the database was unavailable or overloaded, or it aborted the
 * transaction because of a deadlock, a lock timeout or a concurrent update. All other errors are permanent, for example
 * SQLSTATE 22 and 23 (invalid data, violated constraint). Also looks into `cause` and `AggregateError.errors`.
 */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return TRANSIENT_SQLSTATE.test(state) || TRANSIENT_SOCKET_CODES.has(state);
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const { code } = error as { code?: unknown };
  return (
    (typeof code === 'string' && TRANSIENT_SOCKET_CODES.has(code)) ||
    TRANSIENT_MESSAGE.test(error.message) ||
    (error.cause !== undefined && isTransient(error.cause))
  );
}

/**
 * Another transaction inserted a row that this transaction had looked for and not found, so could not lock. Transient
 * (SQLSTATE 40001, serialization failure): the caller repeats the whole transaction.
 */
export class ConcurrentUpdateError extends Error {
  override readonly name = 'ConcurrentUpdateError';
  readonly code = '40001';

  /** @param table name of the table, for the message */
  constructor(table: string) {
    super(`${table} were changed by another transaction at the same time`);
  }
}

const UNIQUE_VIOLATION = '23505';

/**
 * Returns a `catch` handler for an INSERT of a row that the transaction did not find: a duplicate key means that another
 * transaction inserted it first. The handler rethrows any other error.
 *
 * @throws ConcurrentUpdateError for SQLSTATE 23505 (unique violation)
 */
export function mapDuplicateKeyError(table: string): (error: unknown) => never {
  return (error) => {
    throw sqlState(error) === UNIQUE_VIOLATION ? new ConcurrentUpdateError(table) : error;
  };
}
