/** An order line of a basket; each seeded order contains one basket. */
export interface Basket {
  readonly basket: number;
  readonly line: number;
  readonly sku: string;
  readonly price: number;
  readonly priceVersion: number;
}

/** The period over which seeded orders are spread. */
export interface TimeRange {
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** The statements that add and remove a service's rows. */
export interface ServiceHistory {
  /** Statements that insert the rows of the orders in the temporary table `seeded`. */
  readonly add: (baskets: readonly Basket[]) => readonly string[];
  /** The column with the order id, by table. Referenced tables come first. */
  readonly tables: Readonly<Record<string, string>>;
  /** Statements that run before the rows are removed. */
  readonly before?: readonly string[];
}

/** The messages of an order, by type; the number is the argument `kind` of `seeded_id`. */
export const MESSAGE_KINDS = {
  'order.placed': 1,
  'order.confirmed': 2,
  'order.completed': 3,
  'stock.held': 4,
  'stock.deducted': 5,
  'payment.authorized': 6,
  'payment.captured': 7,
} as const;

export type MessageKind = keyof typeof MESSAGE_KINDS;

export const WITHIN_OUTBOX_RETENTION = `at > now() - interval '3 days'`;
export const WITHIN_INBOX_RETENTION = `at > now() - interval '14 days'`;
const WITHIN_KEY_RETENTION = `at > now() - interval '7 days'`;

export const TRACEPARENT = `'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'`;

export type Step = readonly [kind: MessageKind, sequence: number, afterMs: number];

/** Event data of the same length as a real `order.placed`. */
const DATA = `json_build_object('orderId', order_id, 'customerId', 'guest', 'lines', json_build_array(
  json_build_object('sku', 'TEA-LONGJING-100G', 'quantity', 1, 'unitPrice', 12900, 'priceVersion', 1),
  json_build_object('sku', 'WOK-IRON-32CM', 'quantity', 1, 'unitPrice', 39900, 'priceVersion', 1)),
  'total', json_build_object('amount', total, 'currency', 'CNY'))`;

export function addOutbox(producer: string, steps: readonly Step[]): string {
  return `
    INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, causation_id,
                        traceparent, occurred_at, data, published_at)
    SELECT pg_temp.seeded_id(ms, i, kind), '${producer}.events', name || '.' || i % 16, name || '.v1', '${producer}',
           order_id::text, sequence, order_id::text, pg_temp.seeded_id(ms, i, 15)::text, ${TRACEPARENT},
           at + after_ms * interval '1 ms', ${DATA}, at + (after_ms + 5) * interval '1 ms'
    FROM seeded CROSS JOIN (VALUES ${toValues(steps)}) AS step (kind, name, sequence, after_ms)
    WHERE ${WITHIN_OUTBOX_RETENTION}
    ORDER BY i, after_ms`;
}

export function addInbox(consumer: string, steps: readonly Step[]): string {
  return `
    INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence, claimed_at)
    SELECT '${consumer}', pg_temp.seeded_id(ms, i, kind), name || '.v1',
           CASE split_part(name, '.', 1) WHEN 'stock' THEN 'inventory' ELSE split_part(name, '.', 1) END,
           order_id::text, sequence, at + (after_ms + 10) * interval '1 ms'
    FROM seeded CROSS JOIN (VALUES ${toValues(steps)}) AS step (kind, name, sequence, after_ms)
    WHERE ${WITHIN_INBOX_RETENTION}
    ORDER BY i, after_ms`;
}

function toValues(steps: readonly Step[]): string {
  return steps
    .map(([kind, sequence, afterMs]) => `(${MESSAGE_KINDS[kind]}, '${kind}', ${sequence}, ${afterMs})`)
    .join(', ');
}

export function basketRows(baskets: readonly Basket[]): string {
  return baskets
    .map(
      ({ basket, line, sku, price, priceVersion }) =>
        `(${basket}, ${line}, '${sku}', ${price}::bigint, ${priceVersion})`,
    )
    .join(', ');
}

const ADD_ORDERS = `
  INSERT INTO orders (id, customer_id, status, stock, stock_sequence, payment, payment_sequence, version, total_amount,
                      currency, correlation_id, traceparent, placed_at, deadline_at, updated_at)
  SELECT order_id, 'guest', 'completed', 'deducted', 2, 'captured', 4, 5, total, 'CNY', order_id::text, ${TRACEPARENT},
         at, at + interval '15 min', at + interval '120 ms'
  FROM seeded`;

const addLines = (baskets: readonly Basket[]): string => `
  INSERT INTO order_lines (order_id, line, sku, quantity, unit_price, price_version)
  SELECT order_id, b.line, b.sku, 1, b.price, b.price_version
  FROM seeded JOIN (VALUES ${basketRows(baskets)}) AS b (basket, line, sku, price, price_version) USING (basket)`;

const ADD_TRANSITIONS = `
  INSERT INTO order_transitions (order_id, version, trigger, from_status, to_status, stock, payment, message_id, at)
  SELECT order_id, t.version, t.trigger, t.from_status, t.to_status, t.stock, t.payment,
         CASE WHEN t.kind > 0 THEN pg_temp.seeded_id(ms, i, t.kind) END, at + t.after_ms * interval '1 ms'
  FROM seeded CROSS JOIN (VALUES
    (1, 'placed', NULL, 'pending', 'none', 'none', 0, 0),
    (2, 'stock.held', 'pending', 'pending', 'held', 'none', ${MESSAGE_KINDS['stock.held']}, 55),
    (3, 'payment.authorized', 'pending', 'confirmed', 'held', 'authorized', ${MESSAGE_KINDS['payment.authorized']}, 65),
    (4, 'stock.deducted', 'confirmed', 'confirmed', 'deducted', 'authorized', ${MESSAGE_KINDS['stock.deducted']}, 110),
    (5, 'payment.captured', 'confirmed', 'completed', 'deducted', 'captured', ${MESSAGE_KINDS['payment.captured']}, 120)
  ) AS t (version, trigger, from_status, to_status, stock, payment, kind, after_ms)`;

const ADD_KEYS = `
  INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
  SELECT 'guest', 'seeded-' || i, md5(i::text) || md5(i::text), order_id, at FROM seeded WHERE ${WITHIN_KEY_RETENTION}`;

export const orderHistory: ServiceHistory = {
  add: (baskets) => [
    ADD_ORDERS,
    addLines(baskets),
    ADD_TRANSITIONS,
    ADD_KEYS,
    addOutbox('order', [
      ['order.placed', 1, 0],
      ['order.confirmed', 3, 65],
      ['order.completed', 5, 120],
    ]),
    addInbox('order.processing-results', [
      ['stock.held', 1, 50],
      ['payment.authorized', 2, 60],
      ['stock.deducted', 2, 100],
      ['payment.captured', 4, 110],
    ]),
  ],
  tables: {
    orders: 'id',
    order_lines: 'order_id',
    order_transitions: 'order_id',
    idempotency_keys: 'order_id',
    outbox: 'subject',
    inbox: 'subject',
  },
};
