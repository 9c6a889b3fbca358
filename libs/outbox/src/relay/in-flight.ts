import { UnpublishableError } from '#messaging';
import type { PendingRow } from './relay-session.js';

/** A slot without a confirm for this long, in ms, no longer delays the other slots. */
const SLOW_AFTER_MS = 100;

/** A row that was not published, or whose outcome is unknown. */
export interface FailedRow {
  readonly row: PendingRow;
  readonly error: Error;
  /** Whether the row may have closed the channel: no row that was sent later is confirmed. */
  readonly isSuspect: boolean;
}

/** Receives the outcome of each row that was sent; `error` is undefined when it is confirmed. */
export type OnOutcome = (row: PendingRow, error: Error | undefined, sentAtMs: number) => void;

/** Outcome of rows since the last look. Rows that were not sent are in neither list, and are read again. */
export interface Outcomes {
  readonly confirmed: readonly PendingRow[];
  readonly failed: readonly FailedRow[];
}

/** The rows of one slot that were read last and are being published. */
interface Slot {
  readonly rows: readonly PendingRow[];
  outstandingCount: number;
  /** Time of the last confirm, or of the start, by `performance.now()`. */
  lastConfirmAtMs: number;
  isSlow: boolean;
  /** Whether no more outcomes follow. */
  isFinished: boolean;
}

/**
 * The rows that are being published, by slot. A slot is read again when the outcomes of all its rows are taken, so the rows
 * of a subject stay in order. A slot without a confirm for 100 ms is slow: the relay does not wait for it, until it confirms a
 * whole batch without such a gap. A queue that does not confirm therefore delays its slots and no other.
 */
export class InFlight {
  private readonly slots = new Map<string, Slot>();
  /** Slots whose last batch was slow. */
  private readonly slowSlots = new Set<string>();
  private readonly toMark: PendingRow[] = [];
  private confirmed: PendingRow[] = [];
  private failed: { readonly row: PendingRow; readonly error: Error; readonly sentAtMs: number }[] = [];
  /** When the confirmed row that was sent last was sent. The broker has accepted all rows before it: it keeps their order. */
  private acceptedUntilMs = -1;
  private onChange: () => void = () => {};

  /** @param onSlowSlotFree called when all rows of a slow slot have an outcome: the relay may be asleep */
  constructor(private readonly onSlowSlotFree: () => void = () => {}) {}

  /** Rows of all slots without an outcome. */
  get rowCount(): number {
    let count = 0;
    for (const { outstandingCount } of this.slots.values()) count += outstandingCount;
    return count;
  }

  /** Whether rows of `slot` are in flight, or have an outcome that is not taken: no others of it may be read. */
  has(slot: string): boolean {
    return this.slots.has(slot);
  }

  /** Whether every slot may be read. */
  get isEmpty(): boolean {
    return this.slots.size === 0;
  }

  /** Whether a slot that may not be read now will soon be: all but the slow ones. */
  get holdsSlots(): boolean {
    return [...this.slots.values()].some(({ isSlow, isFinished }) => isFinished || !isSlow);
  }

  /** How many slots the relay waits for: those in flight that are not slow. */
  get promptSlotCount(): number {
    return this.promptSlots().length;
  }

  /** The slots that have confirmed nothing for `ms`, with the oldest of their rows and the time in ms. */
  unconfirmedFor(ms: number): { readonly row: PendingRow; readonly waitedMs: number }[] {
    const now = performance.now();
    return [...this.slots.values()]
      .filter(({ isFinished }) => !isFinished)
      .map(({ rows, lastConfirmAtMs }) => ({ row: rows[0]!, waitedMs: now - lastConfirmAtMs }))
      .filter(({ waitedMs }) => waitedMs >= ms);
  }

  /**
   * Adds rows of one slot. `publish` reports the outcome of each row that it sends, and resolves when it sends no more.
   * Resolves with it.
   */
  async add(rows: readonly PendingRow[], publish: (onOutcome: OnOutcome) => Promise<void>): Promise<void> {
    const name = rows[0]!.slot;
    const isSlow = this.slowSlots.has(name);
    const lastConfirmAtMs = performance.now();
    const slot = { rows, outstandingCount: rows.length, lastConfirmAtMs, isSlow, isFinished: false };
    this.slots.set(name, slot);
    let hasPaused = false;
    await publish((row, error, sentAtMs) => {
      hasPaused ||= pauseMs(slot) > SLOW_AFTER_MS;
      slot.lastConfirmAtMs = performance.now();
      slot.outstandingCount -= 1;
      if (error) this.failed.push({ row, error, sentAtMs });
      else {
        this.confirmed.push(row);
        this.acceptedUntilMs = Math.max(this.acceptedUntilMs, sentAtMs);
      }
      if (error && !(error instanceof UnpublishableError)) this.onChange();
    });
    slot.isFinished = true;
    slot.outstandingCount = 0;
    if (hasPaused) this.slowSlots.add(name);
    else this.slowSlots.delete(name);
    this.onChange();
    if (slot.isSlow) this.onSlowSlotFree();
  }

  /** Resolves when a row has failed, or when at most `max` slots are left that the relay waits for. */
  async whenPromptSlots(max: number): Promise<void> {
    while (this.failed.length === 0) {
      const prompt = this.promptSlots();
      if (prompt.length <= max) return;
      await this.waitForChange(SLOW_AFTER_MS - Math.max(...prompt.map(pauseMs)) + 1);
    }
  }

  /**
   * Resolves when only slots without a confirm for 100 ms are in flight, all of whose rows the broker has accepted, or when a
   * row has failed, at most after `maxMs`. A row that is then published can be the only cause of a channel error.
   */
  async whenAccepted(maxMs: number): Promise<void> {
    const untilMs = performance.now() + maxMs;
    const isOpen = (slot: Slot): boolean =>
      !slot.isFinished && (pauseMs(slot) <= SLOW_AFTER_MS || slot.lastConfirmAtMs >= this.acceptedUntilMs);
    while (this.failed.length === 0 && [...this.slots.values()].some(isOpen)) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      await this.waitForChange(Math.min(leftMs, SLOW_AFTER_MS));
    }
  }

  /** Takes the outcomes since the last call. */
  takeOutcomes(): Outcomes {
    const { confirmed, failed } = this;
    [this.confirmed, this.failed] = [[], []];
    for (const [name, { isFinished }] of this.slots) if (isFinished) this.slots.delete(name);
    this.toMark.push(...confirmed);
    return {
      confirmed,
      failed: failed.map(({ row, error, sentAtMs }) => {
        return { row, error, isSuspect: sentAtMs > this.acceptedUntilMs };
      }),
    };
  }

  /** Takes the confirmed rows, in order to mark them as published. Also those whose slot is still in flight. */
  takeConfirmed(): PendingRow[] {
    return this.toMark.splice(0);
  }

  /** Resolves when a slot is finished or a row has failed, at most after `maxMs`. */
  private async waitForChange(maxMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, maxMs);
      this.onChange = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private promptSlots(): Slot[] {
    const slots = [...this.slots.values()].filter(({ isFinished }) => !isFinished);
    for (const slot of slots) slot.isSlow ||= pauseMs(slot) > SLOW_AFTER_MS;
    return slots.filter(({ isSlow }) => !isSlow);
  }
}

/** Time since the last confirm of a slot in flight, in ms. */
function pauseMs({ lastConfirmAtMs }: Slot): number {
  return performance.now() - lastConfirmAtMs;
}
