import { type Database, deleteInPages, statement } from '#database';

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

/** Deletes actions older than `retentionHours`, the oldest first, and yields the number of rows of each page. */
export function pruneOperatorLog(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours] });
}
