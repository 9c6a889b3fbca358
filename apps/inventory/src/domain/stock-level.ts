/** How many units of one SKU have come in, and where they are now: received = available + held + deducted. */
export interface StockLevel {
  readonly sku: string;
  readonly received: number;
  readonly available: number;
  readonly held: number;
  readonly deducted: number;
}

/** Where a unit can be. */
export type Counter = 'available' | 'held' | 'deducted';

/** The most units of one SKU that can ever be received. */
export const receivedMax = 1_000_000_000;

export type Receipt =
  | { readonly outcome: 'done'; readonly level: StockLevel }
  | { readonly outcome: 'refused'; readonly reason: 'unknown_sku' | 'out_of_range' };

/** The level of a SKU that has just been listed: nothing has come in yet. */
export function emptyLevel(sku: string): StockLevel {
  return { sku, received: 0, available: 0, held: 0, deducted: 0 };
}

/** Books a goods receipt. A SKU that was never listed is refused, so that a typing error makes no stock. */
export function receive(level: StockLevel | undefined, quantity: number): Receipt {
  if (!level) return { outcome: 'refused', reason: 'unknown_sku' };
  const inRange = Number.isInteger(quantity) && quantity >= 1 && level.received + quantity <= receivedMax;
  if (!inRange) return { outcome: 'refused', reason: 'out_of_range' };
  const received = level.received + quantity;
  return { outcome: 'done', level: { ...level, received, available: level.available + quantity } };
}

/**
 * The level after units have gone from one counter to another; `received` cannot change.
 *
 * @throws RangeError when there are not as many to take: the counters and the reservations disagree
 */
export function moveUnits(level: StockLevel, quantity: number, from: Counter, to: Counter): StockLevel {
  if (level[from] < quantity) {
    throw new RangeError(`${level.sku} has ${level[from]} ${from}, cannot take ${quantity} to ${to}`);
  }
  return { ...level, [from]: level[from] - quantity, [to]: level[to] + quantity };
}
