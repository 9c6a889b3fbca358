import type { Database } from '#database';
import type { Outbox } from '#outbox';
import { addTransitions, lockOrders, saveOrders } from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

/** What came of a customer's wish to cancel: begun now, begun before, or no such order. */
export type CancelOrderResult = 'done' | 'already' | 'unknown_order';

/**
 * Cancels an order on the customer's request, whatever it has come to; a completed one is refunded and restocked.
 * What follows belongs to the order's flow: it has the order's correlation id, not that of this request.
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
    changes.notifyOnCommit(tx, advanced.orders);
    return advanced.outcomes[0] === 'done' ? 'done' : 'already';
  });
}
