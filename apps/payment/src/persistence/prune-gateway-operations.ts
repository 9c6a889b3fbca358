import { type Database, statement } from '#database';

const PAGE_SIZE = 500;

// An order's id begins with the time it was placed at (UUID v7), so the oldest operations are the first of the primary key,
// which needs no index of its own by age. An answered operation never changes again, so where it lies is as good as its key.
const PRUNE_PAGE = statement(
  'gateway_operations_prune_page',
  `WITH pruned AS (
     DELETE FROM gateway_operations
     WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM gateway_operations
       WHERE order_id < rpad(
           lpad(to_hex((extract(epoch FROM now() - $1::integer * interval '1 hour') * 1000)::bigint), 12, '0'),
           32, '0')::uuid
         AND completed_at < now() - $1::integer * interval '1 hour'
       ORDER BY order_id
       LIMIT $2))
     RETURNING idempotency_key
   )
   SELECT count(*) AS deleted FROM pruned`,
);

/**
 * Deletes what the gateway responded with more than `retentionHours` ago. What came of it, with the gateway's references, is
 * in the payment, which stays. What has no answer yet stays too, however old it is.
 */
export async function* pruneGatewayOperations(
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
