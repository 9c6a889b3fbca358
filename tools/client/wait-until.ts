import { setTimeout as delay } from 'node:timers/promises';

/** The promise was that something would come about by now, and it has not. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

export interface WaitOptions {
  /** Default: 30,000. */
  readonly timeoutMs?: number;
  /** Default: 25. */
  readonly checkIntervalMs?: number;
}

/**
 * Reads again and again until what was read is as wanted, and returns it. For what sends no signal when it changes.
 *
 * @param what is waited for, for the message of the error
 * @throws {WaitTimeoutError}
 */
export async function waitUntil<T>(
  description: string,
  read: () => Promise<T>,
  predicate: (found: T) => boolean,
  { timeoutMs = 30_000, checkIntervalMs = 25 }: WaitOptions = {},
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const found = await read();
    if (predicate(found)) return found;
    if (performance.now() - startedAt > timeoutMs)
      throw new WaitTimeoutError(`${description}: not within ${timeoutMs / 1000} s`);
    await delay(checkIntervalMs);
  }
}
