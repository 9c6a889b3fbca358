import type { PendingRow } from './relay-session.js';

/** First and longest delay of a slot and of a failed subject, in ms; it doubles with each failure. */
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 30_000;
const CHANNEL_CLOSED_DELAY_MAX_MS = 1_000;

/** A delay in progress: its end by `performance.now()`, and its length, from which the next one is derived. */
interface Backoff {
  readonly untilMs: number;
  readonly delayMs: number;
}

/**
 * Decides, from recent publish failures, which rows to delay and which to publish one at a time. Kept in memory only: a
 * relay that takes over starts without delays, and a failing row costs it one more attempt.
 */
export class PublishBackoff {
  /** Slots with a row that was nacked or not confirmed. All events of a slot are routed to the same queues. */
  private readonly slots = new Map<string, Backoff & { readonly problem: string }>();
  /** Subjects of rows that failed alone, until their next attempt is confirmed or the row is parked. */
  private readonly failedSubjects = new Map<string, Backoff>();
  /** Subjects that had a row in flight when the broker closed the channel. Their rows are published one at a time. */
  private readonly suspects = new Set<string>();
  /** Suspects that were published alone since the last confirm. */
  private readonly tried = new Set<string>();
  /** Channel closes since the last confirm. */
  private channelCloses = 0;

  /** The subjects to leave in the outbox now. */
  delayedSubjects(): string[] {
    return [...this.failedSubjects]
      .filter(([, backoff]) => isInProgress(backoff))
      .map(([subject]) => subject);
  }

  /** How many rows of a slot may be published now, of `rowsMax`: none while it is delayed, then one to probe its queues. */
  allowance(slot: string, rowsMax: number): number {
    const backoff = this.slots.get(slot);
    if (!backoff) return rowsMax;
    return isInProgress(backoff) ? 0 : 1;
  }

  /** Pause before the next read, in ms. After repeated channel closes without a confirm it doubles up to 1,000. */
  get delayMs(): number {
    return this.channelCloses > 1 ? Math.min(50 * 2 ** this.channelCloses, CHANNEL_CLOSED_DELAY_MAX_MS) : 0;
  }

  /** The reasons for the readiness report; empty when no row is delayed. */
  get reasons(): string[] {
    const slots = [...this.slots].map(([slot, { problem }]) => `slot ${slot}: a ${problem}`);
    return this.channelCloses > 1 ? ['the broker rejects every event', ...slots] : slots;
  }

  /** Splits rows into those that may be in flight together and those that must be alone. */
  split(rows: readonly PendingRow[]): { pipelined: PendingRow[]; isolated: PendingRow[] } {
    // Later rows of a subject must not overtake a row that failed before this relay became active.
    const failedBefore = new Set(rows.filter(({ attempts }) => attempts > 0).map(({ subject }) => subject));
    const isSuspect = ({ subject }: PendingRow): boolean =>
      this.channelCloses > 0 || failedBefore.has(subject) || this.suspects.has(subject);
    const suspects = rows.filter(isSuspect);
    const untried = suspects.filter(({ subject }) => !this.tried.has(subject));
    if (untried.length === 0) this.tried.clear();
    return {
      pipelined: rows.filter((row) => !isSuspect(row)),
      isolated: untried.length > 0 ? untried : suspects,
    };
  }

  /** Clears the delays and suspicions of confirmed rows. */
  onConfirmed(rows: readonly PendingRow[]): void {
    if (rows.length === 0) return;
    this.channelCloses = 0;
    this.tried.clear();
    for (const { subject, slot } of rows) {
      this.suspects.delete(subject);
      this.failedSubjects.delete(subject);
      this.slots.delete(slot);
    }
  }

  /** A queue of the slot has not stored a row: delays the slot. Returns false when the slot is delayed already. */
  onSlotFailed(slot: string, problem: string): boolean {
    const backoff = this.slots.get(slot);
    if (backoff && isInProgress(backoff)) return false;
    this.slots.set(slot, { ...nextBackoff(backoff), problem });
    return true;
  }

  /**
   * The broker closed the channel because of one of `rows`. Returns true when the row is certainly at fault: it was alone
   * in flight, and another row was confirmed since the previous channel close.
   */
  onChannelClosed(rows: readonly PendingRow[], isIsolated: boolean): boolean {
    const isAtFault = isIsolated && this.channelCloses === 0;
    this.channelCloses += 1;
    for (const { subject } of rows) {
      this.suspects.add(subject);
      if (isIsolated) this.tried.add(subject);
      if (isAtFault) this.failedSubjects.set(subject, nextBackoff(this.failedSubjects.get(subject)));
    }
    return isAtFault;
  }

  /** The row is parked: the read leaves out its subject until an operator releases it. */
  forget({ subject }: PendingRow): void {
    this.failedSubjects.delete(subject);
    this.suspects.delete(subject);
  }
}

function nextBackoff(backoff: Backoff | undefined): Backoff {
  const delayMs = backoff ? Math.min(2 * backoff.delayMs, BACKOFF_MAX_MS) : BACKOFF_MIN_MS;
  return { delayMs, untilMs: performance.now() + delayMs };
}

function isInProgress({ untilMs }: Backoff): boolean {
  return untilMs > performance.now();
}
