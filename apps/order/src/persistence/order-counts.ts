import { type Database, statement } from '#database';

// Reads the partial index `orders_deadline`, and at most 10,000 of its entries.
const COUNT_PENDING = statement(
  'orders_count_pending',
  `SELECT count(*) AS pending FROM (SELECT FROM orders WHERE status = 'pending' LIMIT 10000) AS capped`,
);

// Reads the 1,000 oldest orders of each status by the existing indexes, so a peak of orders costs no more.
const COUNT_STUCK = statement(
  'orders_count_stuck',
  `SELECT status, count(*) AS count
   FROM (
     (SELECT status, updated_at AS since FROM orders WHERE status = 'confirmed' ORDER BY id LIMIT 1000)
     UNION ALL
     (SELECT status, updated_at FROM orders WHERE status = 'cancelling' ORDER BY id LIMIT 1000)
     UNION ALL
     (SELECT status, deadline_at FROM orders WHERE status = 'pending' ORDER BY deadline_at LIMIT 1000)
   ) AS oldest
   WHERE since < now() - $1 * interval '1 millisecond'
   GROUP BY status
   ORDER BY status`,
);

export interface StuckOrders {
  readonly status: 'pending' | 'confirmed' | 'cancelling';
  /** Counted up to 1,000. */
  readonly count: number;
}

/** Pending orders, counted up to 10,000. */
export async function countPending(database: Database): Promise<number> {
  const [row] = await database.query<{ pending: number }>(COUNT_PENDING);
  return row?.pending ?? 0;
}

/**
 * Counts stuck orders by status. A confirmed or cancelling order is stuck `stalledAfterMs` after its last step, a pending
 * order `stalledAfterMs` after its deadline.
 */
export function countStuckOrders(database: Database, stalledAfterMs: number): Promise<StuckOrders[]> {
  return database.query<StuckOrders>(COUNT_STUCK, [stalledAfterMs]);
}
