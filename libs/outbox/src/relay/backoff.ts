import type { PendingRow } from './relay-session.js';

const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 30_000;
const REFUSED_PAUSE_MS = 100;
const COMPLAINTS_PAUSE_MAX_MS = 1_000;

interface Pause {
  readonly untilMs: number;
  readonly lengthMs: number;
}

/**
 * Which rows must wait, and which must travel alone, after what became of others. Kept in memory only: a relay that
 * begins anew learns it again.
 */
export class Holds {
  /** Slots that a queue has refused. All events of a slot go to the same queues. */
  private readonly slots = new Map<string, Pause>();
  /** Subjects whose row was found to be unpublishable, until it is tried again. */
  private readonly subjects = new Map<string, Pause>();
  /** Subjects of which a row was in flight when the broker closed the channel because of one of them. */
  private readonly suspects = new Set<string>();
  /** The suspects that have had their turn since anything was last published. */
  private readonly tried = new Set<string>();
  private complaints = 0;

  /** What to leave in the outbox for now. */
  waiting(): { readonly subjects: string[]; readonly slots: string[] } {
    const now = performance.now();
    const keys = (pauses: Map<string, Pause>): string[] =>
      [...pauses].filter(([, { untilMs }]) => untilMs > now).map(([key]) => key);
    return { subjects: keys(this.subjects), slots: keys(this.slots) };
  }

  /**
   * How long to do nothing at all: longer and longer while the broker complains of whatever it is sent, and a moment
   * while there is a backlog of refused rows to read past.
   */
  get pauseMs(): number {
    if (this.complaints > 1) return Math.min(50 * 2 ** this.complaints, COMPLAINTS_PAUSE_MAX_MS);
    return this.slots.size > 0 ? REFUSED_PAUSE_MS : 0;
  }

  /** What an operator should know of, if anything. */
  get trouble(): string | undefined {
    if (this.complaints > 1) return 'the broker takes none of our events';
    return this.slots.size > 0 ? 'a queue refuses events: it is full' : undefined;
  }

  /** Tells rows that may be in flight together from those that may not. Of a slot that was refused, one row is enough. */
  divide(rows: readonly PendingRow[]): { together: PendingRow[]; alone: PendingRow[] } {
    const probed = new Set<string>();
    const sendable = rows.filter(({ slot }) => {
      if (!this.slots.has(slot)) return true;
      return !probed.has(slot) && probed.add(slot);
    });
    // What stands behind a row that failed before we began must not overtake it.
    const failedBefore = new Set(
      sendable.filter(({ attempts }) => attempts > 0).map(({ subject }) => subject),
    );
    const isSuspect = ({ subject }: PendingRow): boolean =>
      this.complaints > 0 || failedBefore.has(subject) || this.suspects.has(subject);
    const suspects = sendable.filter(isSuspect);
    const untried = suspects.filter(({ subject }) => !this.tried.has(subject));
    if (untried.length === 0) this.tried.clear();
    return {
      together: sendable.filter((row) => !isSuspect(row)),
      alone: untried.length > 0 ? untried : suspects,
    };
  }

  confirmed(rows: readonly PendingRow[]): void {
    if (rows.length === 0) return;
    this.complaints = 0;
    this.tried.clear();
    for (const { subject, slot } of rows) {
      this.suspects.delete(subject);
      this.subjects.delete(subject);
      this.slots.delete(slot);
    }
  }

  /** A queue refused the row, so it would refuse its neighbours. True when that is news. */
  refused({ slot }: PendingRow): boolean {
    const pause = this.slots.get(slot);
    if (pause && pause.untilMs > performance.now()) return false;
    this.slots.set(slot, longer(pause));
    return true;
  }

  /**
   * The broker closed the channel because of one of these rows. True when it can only be this row's fault: it was
   * alone, and the broker took another just before.
   */
  complained(rows: readonly PendingRow[], alone: boolean): boolean {
    const guilty = alone && this.complaints === 0;
    this.complaints += 1;
    for (const { subject } of rows) {
      this.suspects.add(subject);
      if (alone) this.tried.add(subject);
      if (guilty) this.subjects.set(subject, longer(this.subjects.get(subject)));
    }
    return guilty;
  }

  /** The row is set aside: it, and all behind it, is an operator's task now. */
  forget({ subject }: PendingRow): void {
    this.subjects.delete(subject);
    this.suspects.delete(subject);
  }
}

function longer(pause: Pause | undefined): Pause {
  const lengthMs = pause ? Math.min(2 * pause.lengthMs, PAUSE_MAX_MS) : PAUSE_MIN_MS;
  return { lengthMs, untilMs: performance.now() + lengthMs };
}
