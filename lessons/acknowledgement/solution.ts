import type { Delivery } from '../naive/points.js';

/** The acknowledgement follows the effect; after an error or a kill the broker delivers the message again. */
export async function receive({ db, read, ack }: Delivery): Promise<void> {
  const { orderId } = read();
  await db.query('INSERT INTO credits (order_id) VALUES ($1) ON CONFLICT DO NOTHING', [orderId]);
  ack();
}
