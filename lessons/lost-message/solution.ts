import type { Order, Storefront } from '../naive/storefront.js';

/** The event is a row of the transaction that stores the order; the relay publishes it after the commit. */
export async function placeOrder({ db }: Storefront, order: Order): Promise<void> {
  await db.query('BEGIN');
  await db.query('INSERT INTO orders VALUES ($1, $2, $3)', [order.id, order.sku, order.quantity]);
  await db.query('INSERT INTO outbox (id, event) VALUES ($1, $2)', [order.id, JSON.stringify(order)]);
  await db.query('COMMIT');
}
