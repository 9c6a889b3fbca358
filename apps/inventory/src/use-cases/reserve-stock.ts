import type { EventMessage } from '#messaging';
import type { OrderCancelled, OrderConfirmed, OrderPlaced } from '#contracts';
import { decide, type Decision, type Reservation, requiredSkus } from '../domain/stock.js';
import type { StockLevel } from '../domain/stock-level.js';

/** An event of the order service about one order. */
export type OrderMessage = EventMessage<OrderPlaced | OrderConfirmed | OrderCancelled>;

/** What a batch of messages comes to: what has to be saved, and what was decided about each. */
export interface ReservedStock {
  readonly reservations: readonly Reservation[];
  readonly levels: readonly StockLevel[];
  readonly decisions: readonly { readonly message: OrderMessage; readonly decision: Decision }[];
}

/** Every SKU whose level the batch may need. */
export function collectSkus(
  messages: readonly OrderMessage[],
  reservations: ReadonlyMap<string, Reservation>,
): string[] {
  return [
    ...new Set(messages.flatMap((message) => requiredSkus(reservations.get(message.data.orderId), message))),
  ];
}

/**
 * Decides about the messages one after the other, each on what those before it have left: the whole batch reads the
 * database once and writes it once, and comes to the same as if each had been handled alone.
 */
export function reserveStock(
  messages: readonly OrderMessage[],
  reservationsBefore: ReadonlyMap<string, Reservation>,
  levelsBefore: ReadonlyMap<string, StockLevel>,
): ReservedStock {
  const reservations = new Map(reservationsBefore);
  const levels = new Map(levelsBefore);
  const changed = { orderIds: new Set<string>(), skus: new Set<string>() };
  const decisions = messages.map((message) => {
    const { orderId } = message.data;
    const decision = decide(levels, reservations.get(orderId), message);
    if (decision.outcome === 'done') {
      reservations.set(orderId, decision.reservation);
      changed.orderIds.add(orderId);
      for (const level of decision.stock) {
        levels.set(level.sku, level);
        changed.skus.add(level.sku);
      }
    }
    return { message, decision };
  });
  return {
    reservations: pick(reservations, changed.orderIds),
    levels: pick(levels, changed.skus),
    decisions,
  };
}

function pick<Value>(values: ReadonlyMap<string, Value>, keys: ReadonlySet<string>): Value[] {
  return [...keys].flatMap((key) => values.get(key) ?? []);
}
