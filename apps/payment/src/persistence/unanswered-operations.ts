import { type Database, statement } from '#database';

const COUNT_UNANSWERED = statement(
  'gateway_operations_count_unanswered',
  `SELECT count(*) AS unanswered
   FROM (
     SELECT FROM gateway_operations
     WHERE answered_at IS NULL AND created_at < now() - $1 * interval '1 millisecond'
     LIMIT 1000
   ) AS capped`,
);

/** How many operations the gateway has not answered for longer than `standstillMs`, up to 1,000. */
export async function countUnanswered(database: Database, standstillMs: number): Promise<number> {
  const [row] = await database.query<{ unanswered: number }>(COUNT_UNANSWERED, [standstillMs]);
  return row?.unanswered ?? 0;
}
