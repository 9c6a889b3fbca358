import { type Database, deleteInPages, statement } from '#database';

// Rows of this table are never updated, so their ctid is stable between the two steps of the statement.
const PRUNE_PAGE = statement(
  'idempotency_keys_prune_page',
  `WITH pruned AS (
     DELETE FROM idempotency_keys
     WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM idempotency_keys
       WHERE created_at < now() - $1::integer * interval '1 hour'
       ORDER BY created_at
       LIMIT $2))
     RETURNING order_id
   )
   SELECT count(*) AS deleted FROM pruned`,
);

/** Deletes keys older than `retentionHours`, page by page. A request repeated later places a new order. */
export function pruneIdempotencyKeys(
  database: Database,
  retentionHours: number,
): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours] });
}
