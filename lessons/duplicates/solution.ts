import type { Delivery } from '../naive/points.js';

/** The claim of the message id and its effect are one transaction; the acknowledgement follows the commit. */
export async function receive({ db, read, ack }: Delivery): Promise<void> {
  const { id, orderId } = read();
  await db.query('BEGIN');
  const claimed = await db.query('INSERT INTO inbox VALUES ($1) ON CONFLICT DO NOTHING', [id]);
  if (claimed.rowCount === 1) await db.query('INSERT INTO credits (order_id) VALUES ($1)', [orderId]);
  await db.query('COMMIT');
  ack();
}
