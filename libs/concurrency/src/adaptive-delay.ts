import { setTimeout as delay } from 'node:timers/promises';

/** A rest is never longer. It is felt at each of the stations that an order passes, so it must be short. */
const DELAY_MAX_MS = 10;
/** So many make a batch worth its transaction: no rest for them. */
const NO_DELAY_THRESHOLD = 32;

/**
 * How soon one batch may follow the last: after as long as that took, at most 10 ms, unless enough are waiting already.
 *
 * Where little arrives at a time, a transaction for each would spend the machine on transactions, and everybody would
 * wait for it. So a batch leaves the next one time to gather, and more of it the slower things go. What comes alone
 * never waits, and a backlog does not.
 */
export class AdaptiveDelay {
  private delayUntil = 0;

  /** Runs a batch, and puts the next one off. */
  async run(batch: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await batch();
    const now = performance.now();
    this.delayUntil = now + Math.min(now - startedAt, DELAY_MAX_MS);
  }

  /** How long the next batch should wait if so many are waiting now, in ms. */
  delayMs(waiting: number): number {
    return waiting < NO_DELAY_THRESHOLD ? Math.max(0, this.delayUntil - performance.now()) : 0;
  }

  /** Waits for {@link delayMs}. Others may have taken what was waiting when it resolves. */
  async wait(waiting: number): Promise<void> {
    const ms = this.delayMs(waiting);
    if (ms >= 1) await delay(ms); // a timer has no finer grain
  }
}
