import type { PendingRow } from './relay-session.js';

/** Longest time from a transaction's first event to its commit that the floor allows for, in ms. */
const LATE_COMMIT_MS = 5_000;
/** Interval of reads from position 0, in ms, and the part of the time that they may take. */
const FULL_READ_INTERVAL_MS = 5_000;
const FULL_READ_SHARE = 1 / 50;

interface Floor {
  readonly floor: bigint;
  /** The next floor: nothing at or below it was pending at `sinceMs` or later. */
  readonly candidate: bigint;
  readonly sinceMs: number;
}

/**
 * The position per slot from which the relay reads. While an old snapshot is open (a dump, a long report, a replication
 * slot), PostgreSQL keeps the index entries of all rows published since, and a read from position 0 walks over them.
 *
 * A row may appear below the floor: its transaction committed later than 5 s after a later position was read, or an operator
 * released it. Every 5 s one read starts at 0 and finds it; the floor then falls back to it.
 */
export class PositionFloors {
  private readonly floors = new Map<string, Floor>();
  private highest = 0n;
  private nextFullReadMs = 0;

  /** Whether the next read must start at position 0. */
  get isFullReadDue(): boolean {
    return performance.now() >= this.nextFullReadMs;
  }

  /** Reads return positions above it, as text. */
  floor(slot: string): string {
    return String(this.floors.get(slot)?.floor ?? 0n);
  }

  /** A read from position 0 took `tookMs`: the slower it is, the rarer it becomes. */
  onFullRead(tookMs: number): void {
    this.nextFullReadMs = performance.now() + Math.max(FULL_READ_INTERVAL_MS, tookMs / FULL_READ_SHARE);
  }

  /**
   * Learns from a read of `slots`, without rows that were left out although they are pending.
   *
   * @param rows the rows that were read, in outbox order
   */
  onRead(slots: readonly string[], rows: readonly PendingRow[]): void {
    const first = new Map<string, bigint>();
    for (const { slot, position } of rows) if (!first.has(slot)) first.set(slot, BigInt(position));
    // Below the highest position of earlier reads, this read has seen every committed row of the slot.
    for (const slot of slots) this.raise(slot, (first.get(slot) ?? this.highest + 1n) - 1n);
    const last = rows.at(-1);
    if (last && BigInt(last.position) > this.highest) this.highest = BigInt(last.position);
  }

  /** Nothing of the slot at or below `bound` is pending now. The floor follows once that has held for 5 s. */
  private raise(slot: string, bound: bigint): void {
    const nowMs = performance.now();
    const known = this.floors.get(slot) ?? { floor: 0n, candidate: bound, sinceMs: nowMs };
    const candidate = bound < known.candidate ? bound : known.candidate;
    if (candidate < known.floor) this.floors.set(slot, { floor: bound, candidate: bound, sinceMs: nowMs });
    else if (nowMs - known.sinceMs < LATE_COMMIT_MS) this.floors.set(slot, { ...known, candidate });
    else this.floors.set(slot, { floor: candidate, candidate: bound, sinceMs: nowMs });
  }
}
