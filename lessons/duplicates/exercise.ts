import type { Delivery } from '../naive/points.js';

/**
 * Credits one point for a completed order. The table `inbox (message_id uuid PRIMARY KEY)` exists and is empty.
 *
 * TODO: a message that is delivered twice credits two points. Credit each message id once, also when the process is killed
 * between any two lines. 练习：同一条消息无论投递几次，只加一次积分。
 */
export async function receive({ db, read, ack }: Delivery): Promise<void> {
  const { orderId } = read();
  await db.query('INSERT INTO credits (order_id) VALUES ($1)', [orderId]);
  ack();
}
