import {
  unnestParameters,
  mapDuplicateKeyError,
  type Database,
  statement,
  type Transaction,
} from '#database';
import type { Payment } from '../domain/payment.js';

const COLUMNS = `order_id AS "orderId", status, cancel_requested AS "cancelRequested",
  CASE WHEN amount IS NOT NULL THEN json_build_object('amount', amount, 'currency', currency) END AS money, token,
  authorization_id AS "authorizationId", capture_id AS "captureId", void_id AS "voidId", refund_id AS "refundId",
  decline_reason AS "declineReason", capture_refusal AS "captureRefusal", void_refusal AS "voidRefusal",
  refund_refusal AS "refundRefusal", refund_attempts AS "refundAttempts", version`;

const LOCK = statement(
  'payments_lock',
  `SELECT ${COLUMNS} FROM payments WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE`,
);

const FIND = statement('payments_find', `SELECT ${COLUMNS} FROM payments WHERE order_id = $1`);

const ADD = statement(
  'payments_add',
  `INSERT INTO payments (order_id, status, cancel_requested, amount, currency, token, authorization_id, capture_id,
                         void_id, refund_id, decline_reason, capture_refusal, void_refusal, refund_refusal,
                         refund_attempts, version)
   SELECT *
   FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
               $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[], $16::integer[])
     AS p (order_id)
   ORDER BY p.order_id`,
);

const CHANGE = statement(
  'payments_change',
  `UPDATE payments AS p
   SET status = n.status, cancel_requested = n.cancel_requested, authorization_id = n.authorization_id,
       capture_id = n.capture_id, void_id = n.void_id, refund_id = n.refund_id, decline_reason = n.decline_reason,
       capture_refusal = n.capture_refusal, void_refusal = n.void_refusal, refund_refusal = n.refund_refusal,
       refund_attempts = n.refund_attempts, version = n.version, updated_at = now()
   FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
               $9::text[], $10::text[], $11::text[], $12::integer[], $13::integer[])
     AS n (order_id, status, cancel_requested, authorization_id, capture_id, void_id, refund_id, decline_reason,
           capture_refusal, void_refusal, refund_refusal, refund_attempts, version)
   WHERE p.order_id = n.order_id`,
);

// A text that a token may have: the order placed once more, with the token erased too, is the same order.
const ERASE = statement(
  'payments_erase',
  `WITH operations AS (
     UPDATE gateway_operations SET correlation_id = order_id::text, tracestate = NULL WHERE order_id = ANY ($1::uuid[])
   )
   UPDATE payments SET token = 'tok_erased' WHERE order_id = ANY ($1) AND token IS NOT NULL`,
);

/** In the order of the columns of ADD. */
const ADDED = [
  'orderId',
  'status',
  'cancelRequested',
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

/** In the order of the columns of CHANGE. Money and token never change. */
const CHANGED = ADDED.filter((name) => name !== 'amount' && name !== 'currency' && name !== 'token');

/** The payments of these orders by order id, locked until the transaction ends. An order without a payment has no entry. */
export async function lockPayments(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Payment>> {
  const rows = await tx.query<Payment>(LOCK, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/**
 * Inserts the payments that `before`, the result of {@link lockPayments}, does not contain, and updates the others.
 *
 * @throws ConcurrentUpdateError when another transaction inserted one of them after `before` was read: the previous
 * consumer of this partition was still committing. The error is transient, so the whole batch is retried.
 */
export async function savePayments(
  tx: Transaction,
  before: ReadonlyMap<string, Payment>,
  payments: readonly Payment[],
): Promise<void> {
  const added = payments.filter(({ orderId }) => !before.has(orderId));
  const changed = payments.filter(({ orderId }) => before.has(orderId));
  const rows = added.map((payment) => ({ ...payment, ...payment.money }));
  await Promise.all([
    rows.length > 0 &&
      tx.query(ADD, unnestParameters(rows, ...ADDED)).catch(mapDuplicateKeyError('payments')),
    changed.length > 0 && tx.query(CHANGE, unnestParameters(changed, ...CHANGED)),
  ]);
}

/** Erases the tokens of these orders, and the correlation ids of their operations. Amounts, dates and references stay. */
export async function erasePayments(tx: Transaction, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length > 0) await tx.query(ERASE, [orderIds]);
}

export async function findPayment(database: Database, orderId: string): Promise<Payment | undefined> {
  const [row] = await database.query<Payment>(FIND, [orderId]);
  return row;
}
