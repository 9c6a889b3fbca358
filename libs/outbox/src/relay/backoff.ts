import type { PendingRow } from './relay-session.js';

const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 30_000;
const NACKED_DELAY_MS = 100;
const CHANNEL_CLOSED_DELAY_MAX_MS = 1_000;

interface Backoff {
  readonly untilMs: number;
  readonly delayMs: number;
}

/**
 * Which rows must wait, and which must travel alone, after what became of others. Kept in memory only: a relay that
 * begins anew learns it again.
 */
export class PublishBackoff {
  /** Slots that a queue has refused. All events of a slot go to the same queues. */
  private readonly nackedSlots = new Map<string, Backoff>();
  /** Subjects whose row was found to be unpublishable, until it is tried again. */
  private readonly failedSubjects = new Map<string, Backoff>();
  /** Subjects of which a row was in flight when the broker closed the channel because of one of them. */
  private readonly suspects = new Set<string>();
  /** The suspects that have had their turn since anything was last published. */
  private readonly tried = new Set<string>();
  private channelCloses = 0;

  /** What to leave in the outbox for now. */
  delayed(): { readonly subjects: string[]; readonly slots: string[] } {
    const now = performance.now();
    const keys = (backoffs: Map<string, Backoff>): string[] =>
      [...backoffs].filter(([, { untilMs }]) => untilMs > now).map(([key]) => key);
    return { subjects: keys(this.failedSubjects), slots: keys(this.nackedSlots) };
  }

  /**
   * How long to do nothing at all: longer and longer while the broker complains of whatever it is sent, and a moment
   * while there is a backlog of refused rows to read past.
   */
  get delayMs(): number {
    if (this.channelCloses > 1) return Math.min(50 * 2 ** this.channelCloses, CHANNEL_CLOSED_DELAY_MAX_MS);
    return this.nackedSlots.size > 0 ? NACKED_DELAY_MS : 0;
  }

  /** What an operator should know of, if anything. */
  get reason(): string | undefined {
    if (this.channelCloses > 1) return 'the broker rejects every event';
    return this.nackedSlots.size > 0 ? 'a queue is full and rejects events' : undefined;
  }

  /** Tells rows that may be in flight together from those that may not. Of a slot that was refused, one row is enough. */
  split(rows: readonly PendingRow[]): { pipelined: PendingRow[]; isolated: PendingRow[] } {
    const probed = new Set<string>();
    const sendable = rows.filter(({ slot }) => {
      if (!this.nackedSlots.has(slot)) return true;
      return !probed.has(slot) && probed.add(slot);
    });
    // What stands behind a row that failed before we began must not overtake it.
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

  confirmed(rows: readonly PendingRow[]): void {
    if (rows.length === 0) return;
    this.channelCloses = 0;
    this.tried.clear();
    for (const { subject, slot } of rows) {
      this.suspects.delete(subject);
      this.failedSubjects.delete(subject);
      this.nackedSlots.delete(slot);
    }
  }

  /** A queue refused the row, so it would refuse its neighbours. True when that is news. */
  nacked({ slot }: PendingRow): boolean {
    const backoff = this.nackedSlots.get(slot);
    if (backoff && backoff.untilMs > performance.now()) return false;
    this.nackedSlots.set(slot, nextBackoff(backoff));
    return true;
  }

  /**
   * The broker closed the channel because of one of these rows. True when it can only be this row's fault: it was
   * alone, and the broker took another just before.
   */
  channelClosed(rows: readonly PendingRow[], isIsolated: boolean): boolean {
    const isAtFault = isIsolated && this.channelCloses === 0;
    this.channelCloses += 1;
    for (const { subject } of rows) {
      this.suspects.add(subject);
      if (isIsolated) this.tried.add(subject);
      if (isAtFault) this.failedSubjects.set(subject, nextBackoff(this.failedSubjects.get(subject)));
    }
    return isAtFault;
  }

  /** The row is set aside: it, and all behind it, is an operator's task now. */
  forget({ subject }: PendingRow): void {
    this.failedSubjects.delete(subject);
    this.suspects.delete(subject);
  }
}

function nextBackoff(backoff: Backoff | undefined): Backoff {
  const delayMs = backoff ? Math.min(2 * backoff.delayMs, BACKOFF_MAX_MS) : BACKOFF_MIN_MS;
  return { delayMs, untilMs: performance.now() + delayMs };
}
