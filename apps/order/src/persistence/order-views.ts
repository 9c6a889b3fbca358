import { type Database, statement, type Transaction, unnestParameters } from '#database';
import type { CancellationReason, OrderStatus, PaymentState, StockState } from '../domain/order-table.js';
import type { Viewer } from '../domain/viewer.js';

/** The response to an accepted order. Its values never change, so a repeated request gets the same response. */
export interface AcceptedOrder {
  readonly id: string;
  readonly total: { readonly amount: number; readonly currency: string };
  readonly placedAt: Date;
  readonly deadlineAt: Date;
}

/** One step of an order's history. */
export interface TransitionView {
  readonly version: number;
  readonly trigger: string;
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  readonly stock: StockState;
  readonly payment: PaymentState;
  readonly reason: CancellationReason | null;
  readonly at: Date;
}

/** An order in a list. */
export interface OrderSummary extends AcceptedOrder {
  readonly customerId: string;
  readonly status: OrderStatus;
  /** The cancellation reason, if any. */
  readonly reason: CancellationReason | null;
  readonly stock: StockState;
  readonly payment: PaymentState;
  readonly version: number;
  readonly correlationId: string;
  readonly updatedAt: Date;
}

export interface OrderView extends OrderSummary {
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly priceVersion: number;
  }[];
  readonly history: readonly TransitionView[];
}

const ACCEPTED = `id, json_build_object('amount', total_amount, 'currency', currency) AS total,
  placed_at AS "placedAt", deadline_at AS "deadlineAt"`;

const SUMMARY = `${ACCEPTED}, customer_id AS "customerId", status, cancellation AS reason, stock, payment, version,
  correlation_id AS "correlationId", updated_at AS "updatedAt"`;

const FIND_ACCEPTED = statement(
  'orders_find_accepted',
  `SELECT ${ACCEPTED} FROM orders WHERE id = ANY ($1::uuid[])`,
);

/** The condition that a viewer may see an order: `parameter` is a customer id, or null for everyone. */
function visibleTo(parameter: string): string {
  return `(${parameter}::text IS NULL OR customer_id = ${parameter})`;
}

// One statement, so one snapshot: version, lines and history belong together.
const FIND = statement(
  'orders_find',
  `SELECT ${SUMMARY},
          (SELECT json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity, 'unitPrice', l.unit_price,
                                             'priceVersion', l.price_version) ORDER BY l.line)
           FROM order_lines AS l WHERE l.order_id = orders.id) AS lines,
          (SELECT json_agg(json_build_object('version', t.version, 'trigger', t.trigger, 'from', t.from_status,
                                             'to', t.to_status, 'stock', t.stock, 'payment', t.payment,
                                             'reason', t.reason, 'at', t.at) ORDER BY t.version)
           FROM order_transitions AS t WHERE t.order_id = orders.id) AS history
   FROM orders WHERE id = $1 AND ${visibleTo('$2')}`,
);

const STREAM_POSITIONS = statement(
  'orders_find_stream_positions',
  `SELECT entry, status, version
   FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS viewed (order_id, viewer, entry)
   JOIN orders ON id = order_id AND (viewer IS NULL OR customer_id = viewer)`,
);

const TRANSITIONS_OF_MANY = statement(
  'order_transitions_find_of_many',
  `SELECT t.order_id AS "orderId", t.version, t.trigger, t.from_status AS "from", t.to_status AS "to", t.stock, t.payment,
          t.reason, t.at
   FROM unnest($1::uuid[], $2::integer[]) AS seen (order_id, version)
   JOIN order_transitions AS t ON t.order_id = seen.order_id AND t.version > seen.version
   ORDER BY t.order_id, t.version`,
);

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

// Ids are time-ordered (UUID v7), so the primary key gives the newest first.
const PAGE = statement(
  'orders_page',
  `SELECT ${SUMMARY} FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2`,
);

// The index `orders_by_customer` gives the newest first, at any number of orders of other customers.
const PAGE_OF_CUSTOMER = statement(
  'orders_page_of_customer',
  `SELECT ${SUMMARY} FROM orders
   WHERE customer_id = $4 AND ($3::text IS NULL OR status = $3) AND id < $1
   ORDER BY customer_id, id DESC LIMIT $2`,
);

// Nearly every order has completed, so the primary key suffices.
const PAGE_COMPLETED = statement(
  'orders_page_completed',
  `SELECT ${SUMMARY} FROM orders WHERE status = 'completed' AND id < $1 ORDER BY id DESC LIMIT $2`,
);

// `status <> 'completed'` lets the planner use the partial index `orders_not_completed`.
const PAGE_BY_STATUS = statement(
  'orders_page_by_status',
  `SELECT ${SUMMARY} FROM orders WHERE status = $3 AND status <> 'completed' AND id < $1 ORDER BY id DESC LIMIT $2`,
);

/** The responses that accepted these orders, by order id. */
export async function findAccepted(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, AcceptedOrder>> {
  const rows = await tx.query<AcceptedOrder>(FIND_ACCEPTED, [orderIds]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** An order with its lines and its history, read in one snapshot; undefined also for an order the viewer may not see. */
export async function findOrder(
  database: Database,
  orderId: string,
  viewer: Viewer,
): Promise<OrderView | undefined> {
  const [order] = await database.query<OrderView>(FIND, [orderId, toCustomerId(viewer)]);
  // JSON has no dates: `at` of a step arrives as text.
  return order && { ...order, history: order.history.map((step) => ({ ...step, at: new Date(step.at) })) };
}

/** A step with the order it belongs to. */
export interface OrderTransition extends TransitionView {
  readonly orderId: string;
}

/** An order that a viewer asks for. */
export interface ViewedOrder {
  readonly orderId: string;
  readonly viewer: Viewer;
}

/** Status and version of an order. */
export interface StreamPosition {
  readonly status: OrderStatus;
  readonly version: number;
}

/**
 * One result per entry, in order; undefined for an unknown order, and for one that its viewer may not see. An order may
 * have entries of several viewers.
 */
export async function findStreamPositions(
  database: Database,
  viewed: readonly ViewedOrder[],
): Promise<(StreamPosition | undefined)[]> {
  const rows = await database.query<StreamPosition & { entry: number }>(STREAM_POSITIONS, [
    viewed.map(({ orderId }) => orderId),
    viewed.map(({ viewer }) => toCustomerId(viewer)),
  ]);
  const found = new Map(rows.map(({ entry, ...position }) => [entry, position]));
  return viewed.map((_, index) => found.get(index + 1));
}

/** The steps of each order after its `version`, in order. */
export function findTransitionsOfMany(
  database: Database,
  seen: readonly { readonly orderId: string; readonly version: number }[],
): Promise<OrderTransition[]> {
  return database.query<OrderTransition>(TRANSITIONS_OF_MANY, unnestParameters(seen, 'orderId', 'version'));
}

export interface OrderPageQuery {
  /** Default: orders of every status. */
  readonly status?: OrderStatus | undefined;
  /** The last id of the previous page. Default: the newest page. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of the orders that the viewer may see, the newest first. */
export function listOrders(
  database: Database,
  { status, after, limit }: OrderPageQuery,
  viewer: Viewer,
): Promise<OrderSummary[]> {
  const cursor = after ?? LAST_ID;
  const customerId = toCustomerId(viewer);
  if (customerId !== null)
    return database.query<OrderSummary>(PAGE_OF_CUSTOMER, [cursor, limit, status ?? null, customerId]);
  if (status === undefined) return database.query<OrderSummary>(PAGE, [cursor, limit]);
  if (status === 'completed') return database.query<OrderSummary>(PAGE_COMPLETED, [cursor, limit]);
  return database.query<OrderSummary>(PAGE_BY_STATUS, [cursor, limit, status]);
}

/** The parameter of a statement that depends on the viewer. */
function toCustomerId(viewer: Viewer): string | null {
  return viewer === 'everyone' ? null : viewer.customerId;
}
