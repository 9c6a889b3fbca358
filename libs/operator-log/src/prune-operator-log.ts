import { type Database, statement } from '#database';

const PAGE_SIZE = 500;

const PRUNE_PAGE = statement(
  'operator_log_prune_page',
  `WITH page AS (
     SELECT position, at FROM operator_log ORDER BY position LIMIT $2
   ), pruned AS (
     DELETE FROM operator_log USING page
     WHERE operator_log.position = page.position AND page.at < now() - $1::integer * interval '1 hour'
     RETURNING operator_log.position
   )
   SELECT count(*) AS deleted FROM pruned`,
);

/** Deletes what operators did more than `retentionHours` ago, the oldest first, a page per step; yields how many went. */
export async function* pruneOperatorLog(
  database: Database,
  retentionHours: number,
): AsyncGenerator<number, void> {
  let deleted = PAGE_SIZE;
  while (deleted === PAGE_SIZE) {
    const [page] = await database.query<{ deleted: number }>(PRUNE_PAGE, [retentionHours, PAGE_SIZE]);
    deleted = page?.deleted ?? 0;
    yield deleted;
  }
}
