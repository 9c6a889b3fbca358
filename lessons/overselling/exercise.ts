import type { Db } from '../naive/session.js';

/**
 * Reserves units of a product for a buyer. Returns false if too few are available.
 *
 * TODO: two buyers read the same number, and both write. Reserve so that no unit is sold twice, also by two replicas.
 * 练习：两个买家读到同一个库存数，又都写回。改写它，使多个副本并发时也不超卖。
 */
export async function reserve(db: Db, sku: string, quantity: number): Promise<boolean> {
  const { rows } = await db.query<{ available: number }>('SELECT available FROM stock WHERE sku = $1', [sku]);
  const available = rows[0]?.available ?? 0;
  if (available < quantity) return false;
  await db.query('UPDATE stock SET available = $2 WHERE sku = $1', [sku, available - quantity]);
  return true;
}
