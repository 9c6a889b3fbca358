import { setTimeout as delay } from 'node:timers/promises';

/** A rest is never longer. It is felt at each of the stations that an order passes, so it must be short. */
const REST_MAX_MS = 10;
/** So many make a batch worth its transaction: no rest for them. */
const ENOUGH = 32;

/**
 * How soon one batch may follow the last: after as long as that took, at most 10 ms, unless enough are waiting already.
 *
 * A transaction costs about as much as a dozen rows in it. Where little arrives at a time, a batch for each would spend
 * the machine on transactions, and everybody would wait for it; at half load that was most of the time an order took. So
 * a batch leaves the next one time to gather, and more of it the slower things go. What comes alone never waits, and
 * under full load nothing does.
 */
export class Pace {
  private startedAt = 0;
  private restUntil = 0;

  begin(): void {
    this.startedAt = performance.now();
  }

  end(): void {
    const now = performance.now();
    this.restUntil = now + Math.min(now - this.startedAt, REST_MAX_MS);
  }

  /** How long the next batch should wait if so many are waiting now, in ms. */
  restMs(waiting: number): number {
    return waiting < ENOUGH ? Math.max(0, this.restUntil - performance.now()) : 0;
  }

  /** Waits for {@link restMs}. */
  async rest(waiting: number): Promise<void> {
    const ms = this.restMs(waiting);
    if (ms >= 1) await delay(ms); // a timer has no finer grain
  }
}
