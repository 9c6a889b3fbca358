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

/** The reservations of these orders, locked until the transaction ends. */
export async function lockReservations(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Reservation>> {
  const rows = await tx.query<Reservation>(LOCK, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/**
 * Adds those that were not there when `before` was read and locked, and changes the others.
 *
 * @throws ConcurrentUpdateError when one that was not there is there now: the replica that served this partition before us
 * has made it meanwhile. The whole batch is then done again.
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
