import { statement, type Transaction } from '#database';
import type { OrderProcess } from '../domain/order-process.js';
import type { Money, PricedLine } from '../domain/pricing.js';

/** An order's process and what goes with it into every event. */
export interface OrderRecord {
  readonly process: OrderProcess;
  readonly total: Money;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

/** An order that is about to be stored. */
export interface NewOrder {
  readonly process: OrderProcess;
  readonly customerId: string;
  readonly lines: readonly PricedLine[];
  readonly total: Money;
  readonly correlationId: string;
  readonly traceparent: string;
}

/** One step of an order's history. */
export interface OrderStep {
  /** Undefined in the first step, which places the order. */
  readonly before: OrderProcess | undefined;
  readonly after: OrderProcess;
  /** What brought it about: `stock.held`, `customer_cancelled`, … */
  readonly trigger: string;
  readonly messageId: string | undefined;
}

const COLUMNS = `id AS "orderId", status, cancellation, stock, stock_sequence AS "stockSequence",
  payment, payment_sequence AS "paymentSequence", version, total_amount AS amount, currency,
  correlation_id AS "correlationId", traceparent`;

const LOCK = statement(
  'orders_lock',
  `SELECT ${COLUMNS} FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
);

// Another replica's watch may be at work on the same orders: each takes those the other has not.
const LOCK_OVERDUE = statement(
  'orders_lock_overdue',
  `SELECT ${COLUMNS}
   FROM orders
   WHERE status = 'pending' AND deadline_at <= now()
   ORDER BY deadline_at
   LIMIT $1
   FOR UPDATE SKIP LOCKED`,
);

const TIMES = statement(
  'orders_times',
  `SELECT now() AS "placedAt", now() + $1 * interval '1 millisecond' AS "deadlineAt"`,
);

const ADD = statement(
  'orders_add',
  `INSERT INTO orders (id, customer_id, status, stock, stock_sequence, payment, payment_sequence, version,
                       total_amount, currency, correlation_id, traceparent, deadline_at)
   SELECT o.id, o.customer_id, o.status, o.stock, o.stock_sequence, o.payment, o.payment_sequence, o.version,
          o.total_amount, o.currency, o.correlation_id, o.traceparent, now() + $2 * interval '1 millisecond'
   FROM json_to_recordset($1::json) AS o (id uuid, customer_id text, status text, stock text, stock_sequence integer,
        payment text, payment_sequence integer, version integer, total_amount bigint, currency text,
        correlation_id text, traceparent text)`,
);

const ADD_LINES = statement(
  'order_lines_add',
  `INSERT INTO order_lines (order_id, line, sku, quantity, unit_price, price_version)
   SELECT * FROM json_to_recordset($1::json) AS l (order_id uuid, line integer, sku text, quantity integer,
                                                   unit_price bigint, price_version integer)`,
);

const SAVE = statement(
  'orders_save',
  `UPDATE orders AS o
   SET status = n.status, cancellation = n.cancellation, stock = n.stock, stock_sequence = n."stockSequence",
       payment = n.payment, payment_sequence = n."paymentSequence", version = n.version, updated_at = now()
   FROM json_to_recordset($1::json) AS n ("orderId" uuid, status text, cancellation text, stock text,
        "stockSequence" integer, payment text, "paymentSequence" integer, version integer)
   WHERE o.id = n."orderId"`,
);

const ADD_TRANSITIONS = statement(
  'order_transitions_add',
  `INSERT INTO order_transitions (order_id, version, trigger, from_status, to_status, stock, payment, reason, message_id)
   SELECT * FROM json_to_recordset($1::json) AS t (order_id uuid, version integer, trigger text, from_status text,
          to_status text, stock text, payment text, reason text, message_id uuid)`,
);

/** These orders, locked until the transaction ends, by id. */
export async function lockOrders(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, OrderRecord>> {
  return recordsOf(await tx.query<OrderRow>(LOCK, [orderIds]));
}

/** Pending orders whose deadline has passed by the database's clock, at most `limit`, locked, by id. */
export async function lockOverdueOrders(tx: Transaction, limit: number): Promise<Map<string, OrderRecord>> {
  return recordsOf(await tx.query<OrderRow>(LOCK_OVERDUE, [limit]));
}

/**
 * The transaction's time by the database's clock, at which every order of it is placed, and by when they must be
 * confirmed: what {@link addOrders} stores.
 */
export async function orderTimes(
  tx: Transaction,
  deadlineMs: number,
): Promise<{ readonly placedAt: Date; readonly deadlineAt: Date }> {
  const [times] = await tx.query<{ placedAt: Date; deadlineAt: Date }>(TIMES, [deadlineMs]);
  return times!;
}

/** Stores new orders with their lines. */
export async function addOrders(
  tx: Transaction,
  orders: readonly NewOrder[],
  deadlineMs: number,
): Promise<void> {
  const rows = orders.map(({ process, customerId, total, correlationId, traceparent }) => ({
    id: process.orderId,
    customer_id: customerId,
    status: process.status,
    stock: process.stock,
    stock_sequence: process.stockSequence,
    payment: process.payment,
    payment_sequence: process.paymentSequence,
    version: process.version,
    total_amount: total.amount,
    currency: total.currency,
    correlation_id: correlationId,
    traceparent,
  }));
  const lines = orders.flatMap(({ process, lines: ofOrder }) =>
    ofOrder.map((line, index) => ({
      order_id: process.orderId,
      line: index + 1,
      sku: line.sku,
      quantity: line.quantity,
      unit_price: line.unitPrice,
      price_version: line.priceVersion,
    })),
  );
  await Promise.all([
    tx.query(ADD, [JSON.stringify(rows), deadlineMs]),
    tx.query(ADD_LINES, [JSON.stringify(lines)]),
  ]);
}

/** Saves where these orders have got to. */
export async function saveOrders(tx: Transaction, orders: readonly OrderProcess[]): Promise<void> {
  if (orders.length > 0) await tx.query(SAVE, [JSON.stringify(orders)]);
}

/** Adds steps to the orders' history. */
export async function addTransitions(tx: Transaction, steps: readonly OrderStep[]): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ before, after, trigger, messageId }) => ({
    order_id: after.orderId,
    version: after.version,
    trigger,
    from_status: before?.status,
    to_status: after.status,
    stock: after.stock,
    payment: after.payment,
    reason: after.cancellation,
    message_id: messageId,
  }));
  await tx.query(ADD_TRANSITIONS, [JSON.stringify(rows)]);
}

type OrderRow = OrderProcess &
  Money & { readonly correlationId: string; readonly traceparent: string | null };

function recordsOf(rows: readonly OrderRow[]): Map<string, OrderRecord> {
  return new Map(
    rows.map(({ amount, currency, correlationId, traceparent, ...process }) => [
      process.orderId,
      { process, total: { amount, currency }, correlationId, traceparent },
    ]),
  );
}
