import { unnestParameters, mapDuplicateKeyError, statement, type Transaction } from '#database';
import type { Reservation } from '../domain/stock.js';

const LOCK = statement(
  'reservations_lock',
  `SELECT order_id AS "orderId", status, lines, version
   FROM reservations
   WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id
   FOR UPDATE`,
);

const ADD = statement(
  'reservations_add',
  `INSERT INTO reservations (order_id, status, lines, version)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::integer[]) AS r (order_id, status, lines, version)
   ORDER BY r.order_id`,
);

const CHANGE = statement(
  'reservations_change',
  `UPDATE reservations AS r
   SET status = n.status, version = n.version, updated_at = now()
   FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS n (order_id, status, version)
   WHERE r.order_id = n.order_id`,
);

/** Locks the reservations of these orders until the transaction ends; by order id. */
export async function lockReservations(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Reservation>> {
  const rows = await tx.query<Reservation>(LOCK, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/**
 * Inserts the reservations that are not in `before`, and updates the ones that are.
 *
 * @throws ConcurrentUpdateError when the previous owner of this partition has inserted one of them since `before` was
 * read. The consumer then rolls back and handles the batch again.
 */
export async function saveReservations(
  tx: Transaction,
  before: ReadonlyMap<string, Reservation>,
  reservations: readonly Reservation[],
): Promise<void> {
  const added = reservations.filter(({ orderId }) => !before.has(orderId));
  const changed = reservations.filter(({ orderId }) => before.has(orderId));
  await Promise.all([
    added.length > 0 &&
      tx
        .query(ADD, unnestParameters(added, 'orderId', 'status', 'lines', 'version'))
        .catch(mapDuplicateKeyError('reservations')),
    changed.length > 0 && tx.query(CHANGE, unnestParameters(changed, 'orderId', 'status', 'version')),
  ]);
}
