import { type Database, statement } from '#database';

// The thousand oldest of each kind are looked at, by the indexes there are: a peak of orders costs no more.
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
  /** Up to 1,000. */
  readonly count: number;
}

/** Orders that have been confirmed or cancelling for longer than `standstillMs`, or pending as long after their deadline. */
export function countStuckOrders(database: Database, stalledAfterMs: number): Promise<StuckOrders[]> {
  return database.query<StuckOrders>(COUNT_STUCK, [stalledAfterMs]);
}
