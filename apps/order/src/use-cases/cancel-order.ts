import type { Database } from '#database';
import type { Outbox } from '#outbox';
import { addTransitions, lockOrders, saveOrders } from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

/** `done`: the cancellation begins now; `already`: it began before. */
export type CancelOrderResult = 'done' | 'already' | 'unknown_order';

/**
 * Cancels an order in any status on the request of its customer; a completed order is refunded and restocked. The
 * events carry the correlation id of the order, not that of this request.
 */
export async function cancelOrder(
  database: Database,
  outbox: Outbox,
  changes: OrderChanges,
  orderId: string,
): Promise<CancelOrderResult> {
  return database.transaction(async (tx) => {
    const orders = await lockOrders(tx, [orderId]);
    if (orders.size === 0) return 'unknown_order';
    const trigger = { kind: 'customer_cancelled' } as const;
    const advanced = advanceOrders(orders, [{ orderId, trigger, name: trigger.kind }]);
    await saveOrders(tx, advanced.orders);
    await addTransitions(tx, advanced.steps);
    await outbox.add(tx, advanced.events);
    changes.notifyOnCommit(tx, advanced);
    return advanced.outcomes[0] === 'done' ? 'done' : 'already';
  });
}
