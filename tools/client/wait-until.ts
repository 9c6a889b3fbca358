import { setTimeout as delay } from 'node:timers/promises';

/** The awaited state was not reached within the timeout. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

export interface WaitOptions {
  /** In ms. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Between two reads, in ms. Default: 25. */
  readonly checkIntervalMs?: number;
}

/**
 * Polls `read` until `predicate` accepts the result, and returns it. For state that sends no signal when it changes.
 *
 * @param description of the awaited state, for the error message
 * @throws {WaitTimeoutError} when `predicate` accepts no result within `timeoutMs`
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
      throw new WaitTimeoutError(`${description}: not reached within ${timeoutMs / 1000} s`);
    await delay(checkIntervalMs);
  }
}
