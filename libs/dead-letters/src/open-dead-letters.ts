import { type Database, statement } from '#database';

const COUNT_OPEN = statement(
  'dead_letters_count_open',
  `SELECT count(*) AS open FROM (SELECT FROM dead_letters WHERE status = 'open' LIMIT 1000) AS capped`,
);

/** How many dead letters wait for an operator, up to 1,000. Cheap, however many there are. */
export async function countOpenDeadLetters(database: Database): Promise<number> {
  const [row] = await database.query<{ open: number }>(COUNT_OPEN);
  return row?.open ?? 0;
}
