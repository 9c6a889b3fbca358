import type { Db } from '../naive/session.js';

/** One statement checks and subtracts: the second buyer waits for the row, then sees the new number. */
export async function reserve(db: Db, sku: string, quantity: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE stock SET available = available - $2 WHERE sku = $1 AND available >= $2',
    [sku, quantity],
  );
  return rowCount === 1;
}
