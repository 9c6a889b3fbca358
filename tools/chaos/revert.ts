import { setTimeout as pause } from 'node:timers/promises';

/** Ends a fault; resolves when the target works again. */
export type Revert = () => Promise<unknown>;

/** Longer than the 120 s that a killed gateway may take to start. */
const RETRY_TIMEOUT_MS = 150_000;
const RETRY_INTERVAL_MS = 100;

/**
 * Repeats `attempt` until it succeeds: another fault may have stopped its target.
 *
 * @throws the last error of `attempt`, after 150 s
 */
export async function retryWhileUnavailable<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (const giveUpAt = performance.now() + RETRY_TIMEOUT_MS; ; await pause(RETRY_INTERVAL_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
  }
}
