import { type Database, statement } from '#database';

// By the partial index of deadlines; counts no further than it must.
const COUNT_PENDING = statement(
  'orders_count_pending',
  `SELECT count(*) AS pending FROM (SELECT FROM orders WHERE status = 'pending' LIMIT 10000) AS capped`,
);

/** How many orders are pending, up to 10,000. */
export async function countPending(database: Database): Promise<number> {
  const [row] = await database.query<{ pending: number }>(COUNT_PENDING);
  return row?.pending ?? 0;
}
