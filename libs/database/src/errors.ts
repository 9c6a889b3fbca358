/** The SQLSTATE of a PostgreSQL error, if `error` is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

// 08 connection, 40 deadlock and serialization, 53 out of resources, 55P03 lock timeout, 57P shutting down or cut off.
// 25P03 is our own idle_in_transaction_session_timeout: the session is gone, the work is not.
// Not 57014, a statement that ran too long: one message that makes it so must not hold up all others for ever.
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

// pg reports a lost connection and an exhausted pool by message alone.
const TRANSIENT_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout)/;

/**
 * Says whether the whole transaction may simply be tried again: the database was away, overloaded, or chose us as the
 * victim of a deadlock. Everything else is either permanent (SQLSTATE 22 and 23: the data is wrong) or a mistake in
 * the code, and trying again alone will not help.
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
 * Another transaction changed what ours had read and could not lock because it was not there yet. Transient: carries
 * the SQLSTATE of a serialization failure, so the whole transaction is tried again.
 */
export class ConcurrentUpdateError extends Error {
  override readonly name = 'ConcurrentUpdateError';
  readonly code = '40001';

  constructor(table: string) {
    super(`${table} were changed by another transaction at the same time`);
  }
}

const UNIQUE_VIOLATION = '23505';

/**
 * For `catch`, where a row is added that was not there when the transaction looked: a duplicate key means that another
 * transaction has added it meanwhile.
 */
export function mapDuplicateKeyError(table: string): (error: unknown) => never {
  return (error) => {
    throw sqlState(error) === UNIQUE_VIOLATION ? new ConcurrentUpdateError(table) : error;
  };
}
