import { columns, ConcurrentChange, statement, type Transaction } from '#database';
import type { Reservation } from '../domain/stock.js';

const LOCK = statement(
  'reservations_lock',
  `SELECT order_id AS "orderId", status, lines, version
   FROM reservations
   WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id
   FOR UPDATE`,
);

// A reservation that is new to us may have been made meanwhile by the replica that served this partition before.
const SAVE = statement(
  'reservations_save',
  `INSERT INTO reservations (order_id, status, lines, version)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::integer[]) AS r (order_id, status, lines, version)
   ORDER BY r.order_id
   ON CONFLICT (order_id) DO UPDATE
   SET status = excluded.status, version = excluded.version, updated_at = now()
   WHERE reservations.version < excluded.version
   RETURNING order_id`,
);

/** The reservations of these orders, locked until the transaction ends. */
export async function lockReservations(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Reservation>> {
  const rows = await tx.query<Reservation>(LOCK, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/** @throws ConcurrentChange when another transaction has got ahead of ours; the whole batch is then done again. */
export async function saveReservations(tx: Transaction, reservations: readonly Reservation[]): Promise<void> {
  if (reservations.length === 0) return;
  const saved = await tx.query(SAVE, columns(reservations, 'orderId', 'status', 'lines', 'version'));
  if (saved.length !== reservations.length) throw new ConcurrentChange('reservations');
}
