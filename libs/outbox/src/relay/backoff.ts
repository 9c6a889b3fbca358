import type { PendingRow } from './relay-session.js';

/** First and longest delay of a nacked slot and of a failed subject, in ms; it doubles with each failure. */
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 30_000;
const NACKED_DELAY_MS = 100;
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
  /** Slots with a nacked row. All events of a slot are routed to the same queues, so its other rows would be nacked too. */
  private readonly nackedSlots = new Map<string, Backoff>();
  /** Subjects of rows that failed alone, until their next attempt is confirmed or the row is parked. */
  private readonly failedSubjects = new Map<string, Backoff>();
  /** Subjects that had a row in flight when the broker closed the channel. Their rows are published one at a time. */
  private readonly suspects = new Set<string>();
  /** Suspects that were published alone since the last confirm. */
  private readonly tried = new Set<string>();
  /** Channel closes since the last confirm. */
  private channelCloses = 0;

  /** The subjects and slots to leave in the outbox now. */
  delayed(): { readonly subjects: string[]; readonly slots: string[] } {
    const now = performance.now();
    const keys = (backoffs: Map<string, Backoff>): string[] =>
      [...backoffs].filter(([, { untilMs }]) => untilMs > now).map(([key]) => key);
    return { subjects: keys(this.failedSubjects), slots: keys(this.nackedSlots) };
  }

  /**
   * Pause before the next read, in ms. After repeated channel closes without a confirm it doubles up to 1,000; with a
   * nacked slot it is 100, so that reading past the rows of that slot is not a busy loop.
   */
  get delayMs(): number {
    if (this.channelCloses > 1) return Math.min(50 * 2 ** this.channelCloses, CHANNEL_CLOSED_DELAY_MAX_MS);
    return this.nackedSlots.size > 0 ? NACKED_DELAY_MS : 0;
  }

  /** The reason for the readiness report; undefined when no row is delayed. */
  get reason(): string | undefined {
    if (this.channelCloses > 1) return 'the broker rejects every event';
    return this.nackedSlots.size > 0 ? 'a queue is full and rejects events' : undefined;
  }

  /** Splits a page into rows that may be in flight together and rows that must be alone. One row probes a nacked slot. */
  split(rows: readonly PendingRow[]): { pipelined: PendingRow[]; isolated: PendingRow[] } {
    const probed = new Set<string>();
    const sendable = rows.filter(({ slot }) => {
      if (!this.nackedSlots.has(slot)) return true;
      return !probed.has(slot) && probed.add(slot);
    });
    // Later rows of a subject must not overtake a row that failed before this relay became active.
    const failedBefore = new Set(
      sendable.filter(({ attempts }) => attempts > 0).map(({ subject }) => subject),
    );
    const isSuspect = ({ subject }: PendingRow): boolean =>
      this.channelCloses > 0 || failedBefore.has(subject) || this.suspects.has(subject);
    const suspects = sendable.filter(isSuspect);
    const untried = suspects.filter(({ subject }) => !this.tried.has(subject));
    if (untried.length === 0) this.tried.clear();
    return {
      pipelined: sendable.filter((row) => !isSuspect(row)),
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
      this.nackedSlots.delete(slot);
    }
  }

  /** A queue nacked the row: delays its slot. Returns false when the slot is delayed already. */
  onNacked({ slot }: PendingRow): boolean {
    const backoff = this.nackedSlots.get(slot);
    if (backoff && backoff.untilMs > performance.now()) return false;
    this.nackedSlots.set(slot, nextBackoff(backoff));
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
