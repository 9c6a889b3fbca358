import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { createOrderRequest, type OrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startReplica } from '../../tools/local/replica.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openOwnShop } from './open-shop.js';
import { listEdges, OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
import { encodeMessage, openServiceChannels, publishRaw } from './raw-messages.js';

const receiver = await OtlpReceiver.listen();
const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_TRACES_SAMPLER_ARG: '1',
  OTEL_BSP_SCHEDULE_DELAY: '100',
};
const opened = await openOwnShop({
  order: tracing,
  inventory: tracing,
  payment: tracing,
});
const { shop, query } = opened;

/** Places an order as a client with a trace. @returns its id and the id of the trace */
async function place(
  body: OrderRequest,
  headers: Readonly<Record<string, string>> = {},
  client = shop,
): Promise<{ readonly id: string; readonly traceId: string }> {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const { status, body: order } = await client.request<{ id: string }>('order', 'POST', '/orders', {
    body,
    headers: { 'idempotency-key': randomUUID(), traceparent, ...headers },
  });
  expect(status).toBe(202);
  shop.acceptedIds.push(order.id);
  return { id: order.id, traceId };
}

/** Waits until the trace has these edges, sorted, and no other. */
async function expectEdges(traceId: string, edges: readonly string[]): Promise<readonly ReceivedSpan[]> {
  const expected = [...edges].sort();
  const read = (): Promise<readonly ReceivedSpan[]> => Promise.resolve(receiver.trace(traceId));
  const spans = await waitUntil('the spans', read, ({ length }) => length >= expected.length);
  expect(listEdges(spans)).toEqual(expected);
  return spans;
}

/** The edges of an event: from the span that creates it to the spans that handle it. */
function event(parent: string, producer: string, name: string, consumers: readonly string[]): string[] {
  const destination = `${producer}.events:${name}.*`;
  const [create, send] = [`create ${destination}`, `send ${destination}`];
  const handled = consumers.map((consumer) => `${destination}:${consumer}.*`);
  return [
    `${parent} → ${create}`,
    `${create} → ${send}`,
    ...handled.flatMap((one) => [`${send} → wait ${one}`, `wait ${one} → process ${one}`]),
  ];
}

const INVENTORY = 'inventory.order-processing';
const PAYMENT = 'payment.order-processing';
const RESULTS = 'order.processing-results';
const handler = (name: string, consumer: string): string =>
  `process ${name.startsWith('order') ? 'order' : name.startsWith('stock') ? 'inventory' : 'payment'}.events:${name}.*:${consumer}.*`;

/** The edges of a completed order. The report that arrives last causes the next event of the order. */
function completedOrder(lastReports: readonly [string, string]): string[] {
  const [first, second] = lastReports;
  return [
    'client → POST /orders',
    ...event('POST /orders', 'order', 'order.placed', [INVENTORY, PAYMENT]),
    ...event(handler('order.placed', INVENTORY), 'inventory', 'stock.held', [RESULTS]),
    `${handler('order.placed', PAYMENT)} → authorize payment-gateway`,
    ...event('authorize payment-gateway', 'payment', 'payment.authorized', [RESULTS]),
    ...event(handler(first, RESULTS), 'order', 'order.confirmed', [INVENTORY, PAYMENT]),
    ...event(handler('order.confirmed', INVENTORY), 'inventory', 'stock.deducted', [RESULTS]),
    `${handler('order.confirmed', PAYMENT)} → capture payment-gateway`,
    ...event('capture payment-gateway', 'payment', 'payment.captured', [RESULTS]),
    ...event(handler(second, RESULTS), 'order', 'order.completed', []),
  ];
}

const OWNS_TWO = /^consumer_partitions_owned\{.*\} 2$/m;

const scrape = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** The last report of both steps, by the history of the order. */
async function lastReports(id: string): Promise<[string, string]> {
  const { history } = await shop.order(id);
  const trigger = (to: string): string => history.find((step) => step.to === to)?.trigger ?? '';
  return [trigger('confirmed'), trigger('completed')];
}

describe.skipIf(isExternal)(`traces (${NEEDS_OWN_SHOP})`, () => {
  test('an order is one trace, edge by edge', async () => {
    const sku = await shop.createProduct({ stock: 10 });
    const { id, traceId } = await place(createOrderRequest(sku), { tracestate: 'vendor=1' });
    await shop.waitUntilEnded(id);
    const spans = await expectEdges(traceId, completedOrder(await lastReports(id)));
    expect(spans.filter(({ hasFailed }) => hasFailed)).toEqual([]);
    // Also behind the outbox, the broker and the gateway.
    expect(new Set(spans.map(({ traceState }) => traceState))).toEqual(new Set(['vendor=1']));

    const process = spans.find(({ name }) => name.startsWith('process order.events:order.placed'));
    const batch = receiver.spans.find(({ spanId }) => spanId === process?.links[0]?.spanId);
    const create = spans.find(({ name }) => name.startsWith('create order.events:order.placed'));
    expect(process?.attributes).toMatchObject({
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': create?.attributes['messaging.message.id'],
      'messaging.message.conversation_id': create?.attributes['messaging.message.conversation_id'],
      'messaging.destination.partition.id': expect.stringMatching(/^[0-3]$/) as string,
    });
    expect(batch).toMatchObject({ parentSpanId: '', attributes: { 'messaging.batch.message_count': 1 } });
    expect(batch?.links.map(({ spanId }) => spanId)).toEqual([create?.spanId]);
    const settle = await waitUntil(
      'the acknowledgement',
      () => Promise.resolve(receiver.spans.find(({ parentSpanId }) => parentSpanId === batch?.spanId)),
      (found) => found !== undefined,
    );
    expect(settle?.attributes).toMatchObject({ 'messaging.operation.type': 'settle' });
  });

  test('a retry belongs to the trace of its order', async () => {
    const sku = await shop.createProduct({ stock: 10 });
    const neighbourSku = await shop.createProduct({ stock: 10 });
    await failReservations(sku);
    const { id, traceId } = await place(createOrderRequest(sku));
    // Its success shows that the first order is at fault, and not the system.
    const neighbour = await place(createOrderRequest(neighbourSku));
    const hasRetry = (text: string): boolean => text.includes('message failed; retry scheduled');
    await waitUntil('the retry', () => opened.logs(), hasRetry);
    await query('inventory', 'DROP TRIGGER fails ON reservations');
    await shop.waitUntilEnded(id);
    await shop.waitUntilEnded(neighbour.id);
    await expectRedelivery(id, traceId, handler('order.placed', INVENTORY));
    const failed = receiver.trace(traceId).filter(({ hasFailed }) => hasFailed);
    const errorTypes = failed.map(({ attributes }) => attributes['error.type']);
    expect(new Set(errorTypes)).toEqual(new Set(['sqlstate_55000']));
  });

  test('a replay belongs to the trace of its order', async () => {
    const sku = await shop.createProduct({ stock: 10 });
    await failNextReservation();
    const { id, traceId } = await place(createOrderRequest(sku));
    const isOpen = (): Promise<number> =>
      query<{ count: number }>('inventory', 'SELECT count(*)::integer FROM dead_letters').then(
        ([row]) => row?.count ?? 0,
      );
    await waitUntil('the dead letter', isOpen, (count) => count === 1);
    const body = { all: true, expect: 1, reason: 'it fails once' };
    const replayed = await shop.request('inventory', 'POST', '/operator/dead-letters/replay', { body });
    expect(replayed.status).toBeLessThan(300);
    await shop.waitUntilEnded(id);
    await expectRedelivery(id, traceId, 'send order.events:order.placed.*');
  });

  test('a duplicate has a span in the trace of its order, and causes no event', async () => {
    const sku = await shop.createProduct({ stock: 10 });
    const { id, traceId } = await place(createOrderRequest(sku));
    await shop.waitUntilEnded(id);
    const edges = completedOrder(await lastReports(id));
    await expectEdges(traceId, edges);
    const [row] = await query<{ id: string; slot: number; traceparent: string; data: { orderId: string } }>(
      'order',
      `SELECT id, traceparent, data, split_part(routing_key, '.', -1)::integer AS slot
       FROM outbox WHERE subject = $1 AND sequence = 1`,
      [id],
    );
    const { slot, data, ...envelope } = row!;
    const channels = await openServiceChannels(opened.brokerUrls);
    await publishRaw(
      channels,
      'order.placed',
      slot,
      encodeMessage(opened.brokerUrls, 'order.placed', data, envelope),
    );
    // It was not published by the relay, so it has no `send` and no `wait` span.
    const create = 'create order.events:order.placed.*';
    const duplicates = [INVENTORY, PAYMENT].map(
      (consumer) => `${create} → ${handler('order.placed', consumer)}`,
    );
    const spans = await expectEdges(traceId, [...edges, ...duplicates]);
    expect(spans.filter(({ hasFailed }) => hasFailed)).toEqual([]);
  });

  test('an order over two replicas is one trace', async () => {
    const first = opened.platform.processes.inventory;
    const replica = await startReplica(first, 2);
    try {
      const sku = await shop.createProduct({ stock: 100 });
      for (const { url } of [first, replica])
        await waitUntil(
          'two partitions each',
          () => scrape(url),
          (metrics) => OWNS_TWO.test(metrics),
        );
      // Orders have different partitions, which the replicas share.
      const orders = await Promise.all(Array.from({ length: 24 }, () => place(createOrderRequest(sku))));
      for (const { id, traceId } of orders) {
        await shop.waitUntilEnded(id);
        await expectEdges(traceId, completedOrder(await lastReports(id)));
      }
      const instances = receiver.spans
        .filter(
          ({ traceId, name }) =>
            orders.some((one) => one.traceId === traceId) && name.includes(`:${INVENTORY}`),
        )
        .map(({ resource }) => resource['service.instance.id']);
      expect(new Set(instances).size).toBe(2);
    } finally {
      await replica.stop();
    }
  });

  test('no span contains a token, a card number or text of a customer', async () => {
    const card = '4111111111111111';
    const sku = await shop.createProduct({ stock: 10 });
    const canary = shop.as('canary-customer');
    const headersOfClient = { 'x-correlation-id': 'tok_canary', 'user-agent': 'canary-agent' };
    const { id } = await place(createOrderRequest(sku, 1, 'tok_visa'), headersOfClient, canary);
    await canary.waitUntilEnded(id);
    await shop.request('order', 'GET', '/orders/canary-path?status=canary-query');
    const channels = await openServiceChannels(opened.brokerUrls);
    const { body, properties } = encodeMessage(opened.brokerUrls, 'order.placed', { orderId: id });
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
    const hostile = { ...properties, messageId: card, correlationId: card, headers };
    await publishRaw(channels, 'order.placed', 0, { body, properties: hostile });
    const rejected = (): Promise<readonly ReceivedSpan[]> =>
      Promise.resolve(receiver.trace(traceId).filter(({ hasFailed }) => hasFailed));
    await waitUntil('the rejected message', rejected, ({ length }) => length === 2);
    const exported = receiver.raw.join('\n');
    const token = (await canary.authorization())['authorization']!.replace('Bearer ', '');
    for (const text of [card, 'tok_visa', 'tok_canary', 'canary', 'Bearer', token])
      expect(exported).not.toContain(text);
  });

  auditAfterAll(opened);
});

/** Makes the next insert of a reservation fail permanently, and no later one. */
async function failNextReservation(): Promise<void> {
  await query(
    'inventory',
    `CREATE SEQUENCE attempts;
     GRANT USAGE ON SEQUENCE attempts TO PUBLIC;
     CREATE FUNCTION fails_once() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       -- A sequence keeps its value when the transaction rolls back.
       IF nextval('attempts') = 1 THEN RAISE 'the reservation fails' USING ERRCODE = '22000'; END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER fails_once BEFORE INSERT ON reservations FOR EACH ROW EXECUTE FUNCTION fails_once()`,
  );
}

/** Makes reservations of this product fail, with an error that is retried, until the trigger `fails` is dropped. */
async function failReservations(sku: string): Promise<void> {
  await query(
    'inventory',
    `CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE 'the reservation fails' USING ERRCODE = '55000';
     END $$;
     CREATE TRIGGER fails BEFORE INSERT ON reservations FOR EACH ROW
     WHEN (NEW.lines::text LIKE '%${sku}%') EXECUTE FUNCTION fails()`,
  );
}

/**
 * The edges of a completed order, and those of each delivery of `order.placed` to inventory that follows a failure. A
 * delivery has one `process` span per attempt of its batch, so equal edges count once.
 */
async function expectRedelivery(id: string, traceId: string, parent: string): Promise<void> {
  const order = completedOrder(await lastReports(id));
  const read = () => {
    const edges = [...new Set(listEdges(receiver.trace(traceId)))];
    return Promise.resolve({ edges, expected: redeliveredEdges(order, parent, edges) });
  };
  const isComplete = ({ edges, expected }: { edges: string[]; expected: string[] }): boolean =>
    edges.length >= expected.length && edges.length > order.length;
  const { edges, expected } = await waitUntil('the spans', read, isComplete);
  expect(edges).toEqual(expected);
}

/** The edges of an order whose retries are those in `edges`: one of a slow test may need a second one. */
function redeliveredEdges(order: readonly string[], parent: string, edges: readonly string[]): string[] {
  const steps = ['1s', '5s', '30s', '2m'].filter((step) =>
    edges.some((edge) => edge.includes(` → send inventory.retry:${step}.`)),
  );
  const handlers = steps.map((step) => `process inventory.retry.due:${step}.${INVENTORY}.*:${INVENTORY}.*`);
  const redeliveries = steps.flatMap((step, index) => {
    const send = `send inventory.retry:${step}.${INVENTORY}.*`;
    const wait = `wait inventory.retry.due:${step}.${INVENTORY}.*:${INVENTORY}.*`;
    return [
      `${handlers[index - 1] ?? parent} → ${send}`,
      `${send} → ${wait}`,
      `${wait} → ${handlers[index]}`,
    ];
  });
  const first = `${handler('order.placed', INVENTORY)} → create`;
  const last = handlers.at(-1);
  const redelivered = order.map((edge) => (last ? edge.replace(first, `${last} → create`) : edge));
  return [...redelivered, ...redeliveries].sort();
}
