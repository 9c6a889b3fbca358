import { type Database, unnestParameters, statement, type Transaction } from '#database';
import type { OrderProcess } from '../domain/order-process.js';
import type { Money, PricedLine } from '../domain/pricing.js';
import type { Viewer } from '../domain/viewer.js';

/** The process of an order, and the values that its events carry. */
export interface OrderRecord {
  readonly process: OrderProcess;
  readonly customerId: string;
  readonly total: Money;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** Seconds from its placing to this transaction, by the clock of the database. */
  readonly ageSeconds: number;
}

/** An order to store. */
export interface NewOrder {
  readonly process: OrderProcess;
  readonly customerId: string;
  readonly lines: readonly PricedLine[];
  readonly total: Money;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** One step of an order's history. */
export interface OrderStep {
  /** Undefined in the first step, which places the order. */
  readonly before: OrderProcess | undefined;
  readonly after: OrderProcess;
  /** The name of the trigger: `stock.held`, `customer_cancelled`, … */
  readonly trigger: string;
  readonly messageId: string | undefined;
}

const COLUMNS = `id AS "orderId", status, cancellation, stock, stock_sequence AS "stockSequence",
  payment, payment_sequence AS "paymentSequence", version, total_amount AS amount, currency,
  correlation_id AS "correlationId", traceparent, tracestate, customer_id AS "customerId",
  extract(epoch FROM now() - placed_at)::float8 AS "ageSeconds"`;

const LOCK = statement(
  'orders_lock',
  `SELECT ${COLUMNS} FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
);

// `clock_timestamp()` is read after the lock was granted. A completed order was last updated when it completed.
const LOCK_VISIBLE = statement(
  'orders_lock_visible',
  `WITH locked AS MATERIALIZED (
     SELECT * FROM orders WHERE id = $1 AND ($2::text IS NULL OR customer_id = $2) FOR UPDATE
   )
   SELECT ${COLUMNS},
          status = 'completed' AND clock_timestamp() > updated_at + $3 * interval '1 hour' AS "isPastWindow"
   FROM locked`,
);

// The deadline watches of several replicas run concurrently: each locks orders that no other has locked.
const LOCK_OVERDUE = statement(
  'orders_lock_overdue',
  `SELECT ${COLUMNS}
   FROM orders
   WHERE status = 'pending' AND deadline_at <= now()
   ORDER BY deadline_at
   LIMIT $1
   FOR UPDATE SKIP LOCKED`,
);

const ANY_OVERDUE = statement(
  'orders_any_overdue',
  `SELECT EXISTS (SELECT FROM orders WHERE status = 'pending' AND deadline_at <= now()) AS "isAny"`,
);

// The first event of an order is `order.placed`; the index outbox_first finds it. A pruned one was published long ago.
const POSTPONE = statement(
  'orders_postpone_deadlines',
  `UPDATE orders AS o SET deadline_at = late.deadline_at
   FROM (
     SELECT o.id, least(coalesce(e.published_at, now()) + $2 * interval '1 millisecond',
                        o.placed_at + ($2 + $3) * interval '1 millisecond') AS deadline_at
     FROM unnest($1::uuid[]) AS given (id)
     JOIN orders AS o ON o.id = given.id
     JOIN outbox AS e ON e.subject = o.id::text AND e.sequence = 1
   ) AS late
   WHERE o.id = late.id AND late.deadline_at > now()
   RETURNING o.id`,
);

const TIMES = statement(
  'orders_read_times',
  `SELECT now() AS "placedAt", now() + $1 * interval '1 millisecond' AS "deadlineAt"`,
);

const ADD = statement(
  'orders_add',
  `INSERT INTO orders (deadline_at, id, customer_id, status, stock, stock_sequence, payment, payment_sequence, version,
                       total_amount, currency, correlation_id, traceparent, tracestate)
   SELECT now() + $1 * interval '1 millisecond', o.*
   FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::integer[], $9::integer[],
               $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[]) AS o`,
);

const ADD_LINES = statement(
  'order_lines_add',
  `INSERT INTO order_lines (order_id, line, sku, quantity, unit_price, price_version)
   SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::bigint[], $6::integer[])`,
);

const SAVE = statement(
  'orders_save',
  `UPDATE orders AS o
   SET status = n.status, cancellation = n.cancellation, stock = n.stock, stock_sequence = n.stock_sequence,
       payment = n.payment, payment_sequence = n.payment_sequence, version = n.version, updated_at = now()
   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::integer[], $8::integer[])
     AS n (id, status, cancellation, stock, stock_sequence, payment, payment_sequence, version)
   WHERE o.id = n.id`,
);

const ADD_TRANSITIONS = statement(
  'order_transitions_add',
  `INSERT INTO order_transitions (order_id, version, trigger, from_status, to_status, stock, payment, reason, message_id)
   SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                        $9::uuid[])`,
);

/** Locks these orders until the transaction ends; a missing order has no entry. By id. */
export async function lockOrders(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, OrderRecord>> {
  return toRecords(await tx.query<OrderRow>(LOCK, [orderIds]));
}

/**
 * Locks an order that the viewer may see; undefined for any other. `isPastWindow`: the order completed more than
 * `windowHours` ago, by the clock of the database.
 */
export async function lockVisibleOrder(
  tx: Transaction,
  orderId: string,
  viewer: Viewer,
  windowHours: number,
): Promise<{ readonly orders: Map<string, OrderRecord>; readonly isPastWindow: boolean } | undefined> {
  const customerId = viewer === 'everyone' ? null : viewer.customerId;
  const [row] = await tx.query<OrderRow & { isPastWindow: boolean }>(LOCK_VISIBLE, [
    orderId,
    customerId,
    windowHours,
  ]);
  if (!row) return undefined;
  const { isPastWindow, ...order } = row;
  return { orders: toRecords([order]), isPastWindow };
}

/** Locks up to `limit` pending orders past their deadline by the clock of the database. By id. */
export async function lockOverdueOrders(tx: Transaction, limit: number): Promise<Map<string, OrderRecord>> {
  return toRecords(await tx.query<OrderRow>(LOCK_OVERDUE, [limit]));
}

/** Whether a pending order is past its deadline. Reads one row and locks none. */
export async function hasOverdueOrders(database: Database): Promise<boolean> {
  const [row] = await database.query<{ isAny: boolean }>(ANY_OVERDUE);
  return row?.isAny === true;
}

/**
 * Moves the deadlines of orders whose first event was published late, or is not yet: `deadlineMs` runs from its
 * publication, but at most `extensionMaxMs` beyond the first deadline. Locks the orders. Returns the ids of those that are
 * no longer overdue.
 */
export async function postponeDeadlines(
  tx: Transaction,
  orderIds: readonly string[],
  { deadlineMs, deadlineExtensionMaxMs }: DeadlineLimits,
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(POSTPONE, [orderIds, deadlineMs, deadlineExtensionMaxMs]);
  return new Set(rows.map(({ id }) => id));
}

/** Limits of the deadline of a pending order, in ms. */
export interface DeadlineLimits {
  readonly deadlineMs: number;
  readonly deadlineExtensionMaxMs: number;
}

/**
 * The time at which every order of this transaction is placed, by the clock of the database, and their deadline.
 * {@link addOrders} stores the same values.
 */
export async function readOrderTimes(
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
  const rows = orders.map((order) => ({ ...order, ...order.process, ...order.total }));
  const identity = unnestParameters(rows, 'orderId', 'customerId', 'status');
  const states = unnestParameters(rows, 'stock', 'stockSequence', 'payment', 'paymentSequence', 'version');
  const context = unnestParameters(rows, 'amount', 'currency', 'correlationId', 'traceparent', 'tracestate');
  const lines = orders.flatMap(({ process, lines: ofOrder }) =>
    ofOrder.map((line, index) => ({ ...line, orderId: process.orderId, number: index + 1 })),
  );
  await Promise.all([
    tx.query(ADD, [deadlineMs, ...identity, ...states, ...context]),
    tx.query(
      ADD_LINES,
      unnestParameters(lines, 'orderId', 'number', 'sku', 'quantity', 'unitPrice', 'priceVersion'),
    ),
  ]);
}

/** Saves the processes of these orders. */
export async function saveOrders(tx: Transaction, orders: readonly OrderProcess[]): Promise<void> {
  if (orders.length === 0) return;
  const statuses = unnestParameters(orders, 'orderId', 'status', 'cancellation');
  const states = unnestParameters(orders, 'stock', 'stockSequence', 'payment', 'paymentSequence', 'version');
  await tx.query(SAVE, [...statuses, ...states]);
}

/** Adds steps to the orders' history. */
export async function addTransitions(tx: Transaction, steps: readonly OrderStep[]): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ before, after, trigger, messageId }) => ({
    ...after,
    trigger,
    statusBefore: before?.status,
    messageId,
  }));
  const step = unnestParameters(rows, 'orderId', 'version', 'trigger', 'statusBefore', 'status');
  await tx.query(ADD_TRANSITIONS, [
    ...step,
    ...unnestParameters(rows, 'stock', 'payment', 'cancellation', 'messageId'),
  ]);
}

type OrderRow = OrderProcess & Money & Omit<OrderRecord, 'process' | 'total'>;

function toRecords(rows: readonly OrderRow[]): Map<string, OrderRecord> {
  return new Map(
    rows.map(
      ({ amount, currency, customerId, correlationId, traceparent, tracestate, ageSeconds, ...process }) => [
        process.orderId,
        {
          process,
          customerId,
          total: { amount, currency },
          correlationId,
          traceparent,
          tracestate,
          ageSeconds,
        },
      ],
    ),
  );
}
