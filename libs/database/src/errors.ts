import { type DatabaseFault, sqlStateFault } from './sql-states.js';

/** Returns the SQLSTATE of a PostgreSQL error, undefined for any other value. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  // Node.js has codes of five letters too: EPIPE, EPERM. No class of PostgreSQL starts with E.
  return typeof code === 'string' && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

const SOCKET_CODES = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// pg gives a lost connection and an exhausted pool no code, only a message.
const CONNECTION_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout)/;

/** No connection could be opened, for a reason other than a socket's: TLS, authentication, the protocol. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  /** @param cause the error of the driver */
  constructor(cause: Error) {
    super(`cannot connect to the database: ${cause.message}`, { cause });
  }
}

/** The server accepts no writes: it is a standby, or `default_transaction_read_only` is on. SQLSTATE 25006. */
export class ReadOnlyDatabaseError extends Error {
  override readonly name = 'ReadOnlyDatabaseError';
  readonly code = '25006';

  constructor() {
    super('the database is read-only');
  }
}

/**
 * Where the fault of a failed statement or transaction lies; undefined for an error that is not the database's. Uses the
 * SQLSTATE ({@link sqlStateFault}), or else the error of the socket or the driver. Also looks into `cause` and
 * `AggregateError.errors`.
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  const state = sqlState(error);
  if (state) return sqlStateFault(state);
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return firstFault(error.errors);
  const { code } = error as { code?: unknown };
  const isConnectionError =
    error instanceof DatabaseUnavailableError ||
    (typeof code === 'string' && SOCKET_CODES.has(code)) ||
    CONNECTION_MESSAGE.test(error.message);
  if (isConnectionError) return 'system';
  return error.cause === undefined ? undefined : databaseFault(error.cause);
}

function firstFault(errors: readonly unknown[]): DatabaseFault | undefined {
  return errors.map(databaseFault).find((fault) => fault !== undefined);
}

/**
 * Whether the same transaction can succeed later, unchanged: a conflict with another transaction, or a fault of the system.
 * Repeat the whole transaction, and count no attempt.
 */
export function isTransient(error: unknown): boolean {
  const fault = databaseFault(error);
  return fault === 'conflict' || fault === 'system';
}

/**
 * Whether a retry cannot succeed: errors with `permanent === true` (domain errors set it without importing this library),
 * and SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation).
 */
export function isPermanent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return (error as { permanent?: unknown }).permanent === true || databaseFault(error) === 'data';
}

/**
 * Whether the server may accept a connection later: it is unreachable, starting, or out of connections. False for a wrong
 * password, a missing database and a refused startup parameter, which time does not repair. For programs that start.
 */
export function isUnreachable(error: unknown): boolean {
  const state = sqlState(error);
  return state ? /^(08(?!P01)|53|57P)/.test(state) : databaseFault(error) === 'system';
}

/**
 * Whether a connection is refused by its own parameters, which neither time nor provisioning repairs: PgBouncer reports an
 * unsupported startup parameter as a protocol violation, SQLSTATE 08P01, and names it.
 */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, cause } = error;
  if (name === 'SessionSettingsError' || name === 'TransactionPoolingError' || sqlState(error) === '08P01')
    return true;
  return isRefusedForGood(cause);
}

/**
 * Another transaction inserted a row that this transaction had looked for and not found, so could not lock. A conflict
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
