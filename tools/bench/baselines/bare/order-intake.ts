import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { v7 as uuidv7 } from 'uuid';
import type { Outbox } from './broker.js';
import { unnestParameters, type Session } from './database.js';
import { newEvent, type OrderLine } from './event.js';
import { respond } from './http.js';
import { Batcher } from './batcher.js';

interface OrderRequest {
  readonly lines: readonly OrderLine[];
  readonly paymentToken: string;
  readonly customerId?: string;
}

interface PendingRequest {
  readonly order: OrderRequest;
  readonly key: string;
  readonly response: ServerResponse;
}

interface Price {
  readonly sku: string;
  readonly version: number;
  readonly amount: number;
}

const CURRENCY = 'CNY';
const DEADLINE_MS = 15 * 60_000;

const SELECT_PRICES = `SELECT sku, price_version AS version, price_amount::int AS amount FROM products WHERE sku = ANY ($1::text[])`;

// Returns the id of the order with this key: the new order, or an earlier one.
const CLAIM_KEYS = `
  INSERT INTO idempotency_keys AS k (customer_id, key, order_id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
  ON CONFLICT (customer_id, key) DO UPDATE SET order_id = k.order_id
  RETURNING order_id AS id`;

const ADD_ORDERS = `
  INSERT INTO orders (id, customer_id, status, stock, payment, version, total, correlation_id, traceparent, deadline_at)
  SELECT id, customer_id, 'pending', 'none', 'none', 1, total, correlation_id, traceparent, deadline_at
  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[])
    AS o (id, customer_id, total, correlation_id, traceparent, deadline_at)`;

const ADD_LINES = `
  INSERT INTO order_lines (order_id, line, sku, quantity, unit_price, price_version)
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::bigint[], $6::int[])`;

const ADD_TRANSITIONS = `
  INSERT INTO order_transitions (order_id, version, trigger, to_status, stock, payment)
  SELECT id, 1, 'placed', 'pending', 'none', 'none' FROM unnest($1::uuid[]) AS o (id)`;

/** Accepts orders: all pending requests share one transaction. */
export class OrderIntake {
  private readonly requests: Batcher<PendingRequest>;

  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
  ) {
    this.requests = new Batcher((requests) => this.placeBatch(requests));
  }

  async place(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const order = (await json(request)) as OrderRequest;
    this.requests.add({ order, key: String(request.headers['idempotency-key']), response });
  }

  private async placeBatch(requests: readonly PendingRequest[]): Promise<void> {
    const { session, outbox } = this;
    const orders = requests.map(newOrder);
    void session.begin();
    const skus = new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
    const reading = session.query<Price>('prices', SELECT_PRICES, [[...skus]]);
    const keys = await session.query<{ id: string }>(
      'claim_keys',
      CLAIM_KEYS,
      unnestParameters(orders, 'customerId', 'key', 'id'),
    );
    const prices = new Map((await reading).map((price) => [price.sku, price]));
    const fresh = orders
      .filter(({ id }, index) => keys[index]?.id === id)
      .map((order) => applyPrices(order, prices));
    const lines = fresh.flatMap(({ lines: ofOrder }) => ofOrder);
    const outgoing = fresh.map(createPlacedEvent);
    void session.query(
      'add_orders',
      ADD_ORDERS,
      unnestParameters(fresh, 'id', 'customerId', 'total', 'correlationid', 'traceparent', 'deadlineAt'),
    );
    void session.query(
      'add_lines',
      ADD_LINES,
      unnestParameters(lines, 'orderId', 'line', 'sku', 'quantity', 'unitPrice', 'priceVersion'),
    );
    void session.query('add_transitions', ADD_TRANSITIONS, unnestParameters(fresh, 'id'));
    void outbox.add(session, outgoing);
    await session.commit();
    outbox.publish(outgoing);
    for (const [index, { response }] of requests.entries()) accept(response, keys[index]!.id);
  }
}

function accept(response: ServerResponse, id: string): void {
  respond(response, 202, { id, status: 'pending' }, { location: `/orders/${id}` });
}

function newOrder({ order, key }: PendingRequest) {
  const { customerId = 'guest', lines, paymentToken } = order;
  return { id: uuidv7(), customerId, key, lines, paymentToken };
}

function applyPrices(order: ReturnType<typeof newOrder>, prices: ReadonlyMap<string, Price>) {
  const lines = order.lines.map(({ sku, quantity }, index) => {
    const { amount, version } = prices.get(sku)!;
    return { orderId: order.id, line: index + 1, sku, quantity, unitPrice: amount, priceVersion: version };
  });
  return {
    ...order,
    lines,
    total: lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    correlationid: uuidv7(),
    traceparent: `00-${uuidv7().replaceAll('-', '')}-${'1'.repeat(16)}-01`,
    deadlineAt: new Date(Date.now() + DEADLINE_MS).toISOString(),
  };
}

function createPlacedEvent(order: ReturnType<typeof applyPrices>) {
  const { id: orderId, customerId, total, paymentToken, deadlineAt, correlationid, traceparent } = order;
  const lines = order.lines.map(({ sku, quantity, unitPrice, priceVersion }) => ({
    sku,
    quantity,
    unitPrice,
    priceVersion,
  }));
  const data = {
    orderId,
    customerId,
    lines,
    total: { amount: total, currency: CURRENCY },
    paymentToken,
    deadlineAt,
  };
  return newEvent('order.placed', 1, data, { correlationid, traceparent });
}
