import { setTimeout as delay } from 'node:timers/promises';

/** The promise was that something would come about by now, and it has not. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

export interface Patience {
  /** Default: 30,000. */
  readonly withinMs?: number;
  /** Default: 25. */
  readonly everyMs?: number;
}

/**
 * Reads again and again until what was read is as wanted, and returns it. For what sends no signal when it changes.
 *
 * @param what is waited for, for the message of the error
 * @throws {TookTooLong}
 */
export async function until<T>(
  what: string,
  read: () => Promise<T>,
  isWanted: (found: T) => boolean,
  { withinMs = 30_000, everyMs = 25 }: Patience = {},
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const found = await read();
    if (isWanted(found)) return found;
    if (performance.now() - startedAt > withinMs)
      throw new TookTooLong(`${what}: not within ${withinMs / 1000} s`);
    await delay(everyMs);
  }
}
