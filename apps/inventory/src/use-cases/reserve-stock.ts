import type { EventMessage } from '#messaging';
import type { OrderCancelled, OrderConfirmed, OrderPlaced } from '#contracts';
import { decide, type Decision, type Reservation, requiredSkus } from '../domain/stock.js';
import type { StockLevel } from '../domain/stock-level.js';

/** An event of the order service about one order. */
export type OrderMessage = EventMessage<OrderPlaced | OrderConfirmed | OrderCancelled>;

/** The result of a batch: rows to save, and one decision per message, in order. */
export interface ReservedStock {
  readonly reservations: readonly Reservation[];
  readonly levels: readonly StockLevel[];
  readonly decisions: readonly { readonly message: OrderMessage; readonly decision: Decision }[];
}

/** Every SKU that the batch may move units of. */
export function collectSkus(
  messages: readonly OrderMessage[],
  reservations: ReadonlyMap<string, Reservation>,
): string[] {
  return [
    ...new Set(messages.flatMap((message) => requiredSkus(reservations.get(message.data.orderId), message))),
  ];
}

/**
 * Decides the messages one after the other, each on the result of the previous ones. The batch reads and writes the
 * database once, and its result equals that of messages handled one per transaction.
 *
 * @throws ImpossibleTransitionError
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
