import { columns, ConcurrentChange, type Database, statement, type Transaction } from '#database';
import type { Payment } from '../domain/payment.js';

const COLUMNS = `order_id AS "orderId", status, cancel_wanted AS "cancelWanted",
  CASE WHEN amount IS NOT NULL THEN json_build_object('amount', amount, 'currency', currency) END AS money, token,
  authorization_id AS "authorizationId", capture_id AS "captureId", void_id AS "voidId", refund_id AS "refundId",
  decline_reason AS "declineReason", capture_refusal AS "captureRefusal", void_refusal AS "voidRefusal",
  refund_refusal AS "refundRefusal", refund_attempts AS "refundAttempts", version`;

const LOCK = statement(
  'payments_lock',
  `SELECT ${COLUMNS} FROM payments WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE`,
);

const FIND = statement('payments_find', `SELECT ${COLUMNS} FROM payments WHERE order_id = $1`);

// A payment that is new to us may have been made meanwhile by the replica that served this partition before.
const SAVE = statement(
  'payments_save',
  `INSERT INTO payments (order_id, status, cancel_wanted, amount, currency, token, authorization_id, capture_id,
                         void_id, refund_id, decline_reason, capture_refusal, void_refusal, refund_refusal,
                         refund_attempts, version)
   SELECT *
   FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
               $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[], $16::integer[])
     AS p (order_id)
   ORDER BY p.order_id
   ON CONFLICT (order_id) DO UPDATE
   SET status = excluded.status, cancel_wanted = excluded.cancel_wanted,
       authorization_id = excluded.authorization_id, capture_id = excluded.capture_id, void_id = excluded.void_id,
       refund_id = excluded.refund_id, decline_reason = excluded.decline_reason,
       capture_refusal = excluded.capture_refusal, void_refusal = excluded.void_refusal,
       refund_refusal = excluded.refund_refusal, refund_attempts = excluded.refund_attempts,
       version = excluded.version, updated_at = now()
   WHERE payments.version < excluded.version
   RETURNING order_id`,
);

/** In the order of the columns of SAVE. */
const SAVED = [
  'orderId',
  'status',
  'cancelWanted',
  'amount',
  'currency',
  'token',
  'authorizationId',
  'captureId',
  'voidId',
  'refundId',
  'declineReason',
  'captureRefusal',
  'voidRefusal',
  'refundRefusal',
  'refundAttempts',
  'version',
] as const;

/** The payments of these orders, locked until the transaction ends. */
export async function lockPayments(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Payment>> {
  const rows = await tx.query<Payment>(LOCK, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/** @throws ConcurrentChange when another transaction has got ahead of ours; the whole batch is then done again. */
export async function savePayments(tx: Transaction, payments: readonly Payment[]): Promise<void> {
  if (payments.length === 0) return;
  const rows = payments.map((payment) => ({ ...payment, ...payment.money }));
  const saved = await tx.query(SAVE, columns(rows, ...SAVED));
  if (saved.length !== payments.length) throw new ConcurrentChange('payments');
}

export async function findPayment(database: Database, orderId: string): Promise<Payment | undefined> {
  const [row] = await database.query<Payment>(FIND, [orderId]);
  return row;
}
