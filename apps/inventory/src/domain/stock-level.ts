/** Units of one SKU by counter: received = available + held + deducted (S1). */
export interface StockLevel {
  readonly sku: string;
  readonly received: number;
  readonly available: number;
  readonly held: number;
  readonly deducted: number;
}

/** A counter that units move between. */
export type Counter = 'available' | 'held' | 'deducted';

/** Maximum number of received units of one SKU. */
export const receivedMax = 1_000_000_000;

export type Receipt =
  | { readonly outcome: 'done'; readonly level: StockLevel }
  | { readonly outcome: 'refused'; readonly reason: 'unknown_sku' | 'out_of_range' };

/** The level of a newly listed SKU: no units. */
export function emptyLevel(sku: string): StockLevel {
  return { sku, received: 0, available: 0, held: 0, deducted: 0 };
}

/** Adds received units. An unlisted SKU is refused, so a mistyped SKU creates no stock. */
export function receive(level: StockLevel | undefined, quantity: number): Receipt {
  if (!level) return { outcome: 'refused', reason: 'unknown_sku' };
  const inRange = Number.isInteger(quantity) && quantity >= 1 && level.received + quantity <= receivedMax;
  if (!inRange) return { outcome: 'refused', reason: 'out_of_range' };
  const received = level.received + quantity;
  return { outcome: 'done', level: { ...level, received, available: level.available + quantity } };
}

/**
 * Moves units from one counter to another; `received` does not change.
 *
 * @throws RangeError when `from` has fewer units: counters and reservations disagree
 */
export function moveUnits(level: StockLevel, quantity: number, from: Counter, to: Counter): StockLevel {
  if (level[from] < quantity) {
    throw new RangeError(`${level.sku} has ${level[from]} ${from}, cannot take ${quantity} to ${to}`);
  }
  return { ...level, [from]: level[from] - quantity, [to]: level[to] + quantity };
}
