import { databaseFault, sqlState } from './errors.js';

/** How long a fault is reported after its last failure, in ms, unless its statement succeeds before. */
const REPORTED_MS = 5_000;
/** Failures in a row of one statement from which an unclear fault is reported. */
const UNCLEAR_FAILURES_MIN = 3;

interface Failures {
  count: number;
  error: Error;
  atMs: number;
}

/**
 * Remembers which statements fail because of the database, for readiness: a ping succeeds while a disk, a permission or
 * a table is missing. A fault ends when its statement succeeds, or 5 s after its last failure, because a service that is
 * not ready receives no request that would run the statement again.
 */
export class FaultMemory {
  private readonly failures = new Map<string, Failures>();

  /** The statement `name` has succeeded. */
  onSuccess(name: string): void {
    if (this.failures.size > 0) this.failures.delete(name);
  }

  /** The statement `name` has failed with `error`. Only system faults and unclear ones are remembered. */
  onFailure(name: string, error: unknown): void {
    const fault = databaseFault(error);
    if (!(error instanceof Error) || (fault !== 'system' && fault !== 'unclear')) return;
    const { count = 0 } = this.failures.get(name) ?? {};
    const reached = fault === 'system' ? UNCLEAR_FAILURES_MIN : count + 1;
    this.failures.set(name, { count: reached, error, atMs: performance.now() });
  }

  /** The newest fault as a text with its SQLSTATE; undefined while the database works. */
  get current(): string | undefined {
    const now = performance.now();
    const [newest] = [...this.failures.values()]
      .filter(({ count, atMs }) => count >= UNCLEAR_FAILURES_MIN && now - atMs < REPORTED_MS)
      .sort((one, other) => other.atMs - one.atMs);
    return newest && describeFault(newest.error);
  }
}

/** The message of a database error with its SQLSTATE: `permission denied for table orders (SQLSTATE 42501)`. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message || describeFault((error as AggregateError).errors?.[0] ?? error.name);
  const state = sqlState(error) ?? sqlState(error.cause);
  return state === undefined ? message : `${message} (SQLSTATE ${state})`;
}
