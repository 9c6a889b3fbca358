import { type Database, deleteInPages, statement } from '#database';

// Order ids are UUID v7 and start with the time of the order, so the primary key serves as the index by age. A completed
// operation is never updated, so its ctid identifies it between the subquery and the DELETE.
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
 * Deletes operations completed more than `retentionHours` ago. The payment keeps their outcome and the gateway's
 * references. Pending operations stay.
 */
export function pruneGatewayOperations(
  database: Database,
  retentionHours: number,
): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours] });
}
