import { type HeldSlots, SLOT_COUNT } from '#messaging';
import type { PublishBackoff } from './backoff.js';
import type { InFlight } from './in-flight.js';
import { PositionFloors } from './position-floors.js';
import { groupBy } from './publish-rows.js';
import type { PendingRow, RelaySession } from './relay-session.js';

const SLOTS = Array.from({ length: SLOT_COUNT }, (_, slot) => String(slot));

/** How much of the outbox a read covers. */
export type Coverage =
  /** A slot has more rows than were read. */
  | 'backlog'
  /** Slots in flight were left out, and they may have more rows. */
  | 'partial'
  /** Every row that may be published now was read. */
  | 'complete'
  /** The relay is stopping, nothing is in flight, and a complete read found no row. */
  | 'drained';

/** Rows that were read together, in outbox order. */
export interface Page {
  readonly rows: readonly PendingRow[];
  readonly coverage: Coverage;
}

/**
 * Reads the next rows of the slots that have none in flight. Every slot has the same share of `inFlightMax`, so the rows of
 * a slot that does not confirm take no room from the others.
 */
export class PageReader {
  private readonly floors = new PositionFloors();
  private readonly slotRowsMax: number;

  constructor(
    private readonly inFlightMax: number,
    private readonly backoff: PublishBackoff,
    private readonly heldSlots: () => HeldSlots | undefined = () => undefined,
  ) {
    this.slotRowsMax = Math.max(1, Math.floor(inFlightMax / SLOT_COUNT));
  }

  /** Marks the confirmed rows and reads the next page, in one statement. */
  async read(session: RelaySession, inFlight: InFlight, isStopping: boolean): Promise<Page> {
    const isFullRead = isStopping || this.floors.isFullReadDue;
    const [isPartial, isEmpty] = [inFlight.holdsSlots, inFlight.isEmpty];
    const delayedSubjects = this.backoff.delayedSubjects();
    const slots = this.readableSlots(inFlight).map(({ slot, rowsMax }) => {
      return { slot, rowsMax, floor: isFullRead ? '0' : this.floors.floor(slot) };
    });
    const startedAtMs = performance.now();
    const rows = await session.markAndRead(inFlight.takeConfirmed(), slots, delayedSubjects);
    if (isFullRead) this.floors.onFullRead(performance.now() - startedAtMs);
    const names = slots.map(({ slot }) => slot);
    if (delayedSubjects.length === 0) this.floors.onRead(names, rows); // it knows nothing of rows that were left out
    if (this.hasBacklog(rows)) return { rows, coverage: 'backlog' };
    if (isPartial) return { rows, coverage: 'partial' };
    const isDrained = isStopping && rows.length === 0 && isEmpty;
    return { rows, coverage: isDrained ? 'drained' : 'complete' };
  }

  /** The slots that are not held and have no rows in flight, as far as `inFlightMax` permits, and how many rows to read of each. */
  private readableSlots(inFlight: InFlight): { slot: string; rowsMax: number }[] {
    const held = this.heldSlots()?.slots;
    const readable = SLOTS.filter((slot) => !inFlight.has(slot) && !held?.has(slot))
      .map((slot) => ({ slot, rowsMax: this.backoff.allowance(slot, this.slotRowsMax) }))
      .filter(({ rowsMax }) => rowsMax > 0);
    const count = Math.floor((this.inFlightMax - inFlight.rowCount) / this.slotRowsMax);
    if (count >= readable.length) return readable;
    const first = Math.floor(Math.random() * readable.length); // no slot is always last
    return [...readable.slice(first), ...readable.slice(0, first)].slice(0, Math.max(count, 0));
  }

  /** Whether a slot has filled its share, so that more of its rows are probably pending. */
  private hasBacklog(rows: readonly PendingRow[]): boolean {
    if (rows.length < this.slotRowsMax) return false;
    const slots = groupBy(rows, ({ slot }) => slot).values();
    return [...slots].some((slotRows) => slotRows.length === this.slotRowsMax);
  }
}
