import { type Database, deleteInPages, statement } from '#database';

// A key's row never changes, so where it lies is as good as its key.
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

/** Forgets keys that are older than `retentionHours`: a request that comes again even later makes a new order. */
export function pruneIdempotencyKeys(
  database: Database,
  retentionHours: number,
): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours] });
}
