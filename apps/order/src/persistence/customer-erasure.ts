import { type Database, statement, type Transaction } from '#database';

const LOCK = statement(
  'orders_lock_of_customer',
  `SELECT id, status IN ('completed', 'cancelled') AS "hasEnded" FROM orders WHERE customer_id = $1 ORDER BY id FOR UPDATE`,
);

const COUNT = statement(
  'orders_count_of_customer',
  `SELECT count(*)::integer AS orders,
          (count(*) FILTER (WHERE status NOT IN ('completed', 'cancelled')))::integer AS open,
          (SELECT count(*)::integer FROM idempotency_keys WHERE customer_id = $1) AS "idempotencyKeys",
          (SELECT count(*)::integer FROM outbox WHERE sequence = 1 AND subject = ANY (array_agg(orders.id::text)))
            AS "outboxEvents"
   FROM orders
   WHERE customer_id = $1`,
);

const ERASE_ORDERS = statement(
  'orders_erase',
  `UPDATE orders SET customer_id = $2, correlation_id = id::text, tracestate = NULL WHERE id = ANY ($1::uuid[])`,
);

// The order id is a key that no other order has: every order keeps exactly one key.
const ERASE_KEYS = statement(
  'idempotency_keys_erase',
  `WITH removed AS (
     DELETE FROM idempotency_keys WHERE customer_id = $3 AND order_id = ANY ($1::uuid[])
     RETURNING order_id, created_at
   )
   INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
   SELECT $2, order_id::text, 'erased', order_id, created_at FROM removed`,
);

// `order.placed` is the first event of an order, the only one with data of the customer. The index outbox_first finds it.
// Only the named members stay, so that a member added later is erased too.
const ERASE_EVENTS = statement(
  'outbox_erase',
  `UPDATE outbox
   SET correlation_id = subject, tracestate = NULL,
       data = json_build_object('orderId', data -> 'orderId', 'customerId', $2::text, 'lines', data -> 'lines',
                                'total', data -> 'total', 'paymentToken', 'tok_erased', 'deadlineAt', data -> 'deadlineAt')
   WHERE sequence = 1 AND subject = ANY ($1::text[]) AND starts_with(type, 'order.placed.')`,
);

/** What an erasure would change in the order service, in rows per table, and the orders that prevent it. */
export interface ErasureCounts {
  readonly orders: number;
  readonly idempotencyKeys: number;
  readonly outboxEvents: number;
  /** Orders that have not ended. */
  readonly open: number;
}

/** Counts the rows of a customer. */
export async function countCustomerRows(database: Database, customerId: string): Promise<ErasureCounts> {
  const [counts] = await database.query<ErasureCounts>(COUNT, [customerId]);
  return counts!;
}

/** Locks the orders of a customer until the transaction ends. */
export function lockCustomerOrders(
  tx: Transaction,
  customerId: string,
): Promise<{ readonly id: string; readonly hasEnded: boolean }[]> {
  return tx.query(LOCK, [customerId]);
}

/**
 * Replaces the customer of these orders, of their idempotency keys and of their events, published or not. An order that
 * commits later keeps its customer, its key and its event.
 */
export async function pseudonymiseOrders(
  tx: Transaction,
  { orderIds, customerId, pseudonym }: CustomerOrders,
): Promise<void> {
  if (orderIds.length === 0) return;
  await tx.query(ERASE_ORDERS, [orderIds, pseudonym]);
  await tx.query(ERASE_KEYS, [orderIds, pseudonym, customerId]);
  await tx.query(ERASE_EVENTS, [orderIds, pseudonym]);
}

interface CustomerOrders {
  readonly orderIds: readonly string[];
  readonly customerId: string;
  readonly pseudonym: string;
}
