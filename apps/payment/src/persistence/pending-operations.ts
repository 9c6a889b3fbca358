import { type Database, statement } from '#database';

const COUNT_PENDING = statement(
  'gateway_operations_count_pending',
  `SELECT count(*) AS pending
   FROM (
     SELECT FROM gateway_operations
     WHERE completed_at IS NULL AND created_at < now() - $1 * interval '1 millisecond'
     LIMIT 1000
   ) AS capped`,
);

/** Counts operations older than `stalledAfterMs` ms without an outcome, up to 1,000. */
export async function countPending(database: Database, stalledAfterMs: number): Promise<number> {
  const [row] = await database.query<{ pending: number }>(COUNT_PENDING, [stalledAfterMs]);
  return row?.pending ?? 0;
}
