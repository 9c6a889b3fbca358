import type { Order, Storefront } from '../naive/storefront.js';

/**
 * Stores an order and its event. A relay publishes every row of the table `outbox (id, event)` that is not published yet.
 *
 * TODO: the event is lost if the broker is unavailable after the commit. Write the order and its event so that both
 * exist or neither does. 练习：让订单和事件要么都存在，要么都不存在。
 */
export async function placeOrder({ db, publish }: Storefront, order: Order): Promise<void> {
  await db.query('BEGIN');
  await db.query('INSERT INTO orders VALUES ($1, $2, $3)', [order.id, order.sku, order.quantity]);
  await db.query('COMMIT');
  await publish(order);
}
