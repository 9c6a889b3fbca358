import { randomBytes, randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { expect, test } from 'vitest';
import { brokerUserFromUrl, eventsExchange, partitionQueue, slotForKey } from '#messaging';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openOwnShop } from './open-shop.js';
import { openChannel, openServiceChannels } from './raw-messages.js';

const opened = await openOwnShop();
const { shop, query, rabbitmqUrl, brokerUrls } = opened;
const adminChannel = await openChannel(rabbitmqUrl);
const serviceChannels = await openServiceChannels(brokerUrls);
const sku = await shop.createProduct({ stock: 1_000 });
const orderRequest = createOrderRequest(sku);

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly sequence: string;
  readonly correlationid: string;
  readonly causationid?: string;
  readonly traceparent: string;
}

/** Subscribes to every later event of every service with a queue of the test. */
async function subscribe(
  onMessage: (message: ConsumeMessage, event: CloudEvent) => void,
): Promise<{ stop: () => Promise<void> }> {
  const { queue } = await adminChannel.assertQueue('', { exclusive: true, autoDelete: true });
  for (const service of serviceNames) await adminChannel.bindQueue(queue, eventsExchange(service), '#');
  const { consumerTag } = await adminChannel.consume(
    queue,
    (message) => {
      if (message) onMessage(message, JSON.parse(message.content.toString()) as CloudEvent);
    },
    { noAck: true },
  );
  return { stop: async () => void (await adminChannel.cancel(consumerTag)) };
}

test('events are CloudEvents with subject, cause and trace', async () => {
  const received: [ConsumeMessage, CloudEvent][] = [];
  const listening = await subscribe((message, event) => received.push([message, event]));
  const traceId = randomBytes(16).toString('hex');
  const headers = {
    'x-correlation-id': `e2e-${randomUUID()}`,
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  };
  const { body: accepted } = await shop.tryPlace(orderRequest, undefined, headers);
  await shop.waitUntilEnded(accepted.id);
  const ofOrder = await waitUntil(
    'order.completed published',
    () => Promise.resolve(received.filter(([, { subject }]) => subject === accepted.id)),
    (events) => events.some(([, { type }]) => type === 'order.completed.v1'),
  );
  await listening.stop();

  expect(ofOrder.map(([, { type }]) => type).toSorted()).toEqual([
    'order.completed.v1',
    'order.confirmed.v1',
    'order.placed.v1',
    'payment.authorized.v1',
    'payment.captured.v1',
    'stock.deducted.v1',
    'stock.held.v1',
  ]);
  const ids = new Set(ofOrder.map(([, { id }]) => id));
  expect(ids.size).toBe(7);
  for (const [{ properties, fields }, event] of ofOrder) {
    const name = event.type.replace(/\.v1$/, '');
    expect(event).toMatchObject({
      specversion: '1.0',
      source: `/${fields.exchange.split('.')[0]}`,
      partitionkey: accepted.id,
      correlationid: headers['x-correlation-id'],
      traceparent: expect.stringContaining(traceId) as string,
    });
    expect(properties).toMatchObject({
      contentType: 'application/cloudevents+json',
      deliveryMode: 2,
      messageId: event.id,
      type: event.type,
    });
    expect(fields.routingKey).toBe(`${name}.${slotForKey(accepted.id)}`);
    if (event.type === 'order.placed.v1') expect(event.causationid).toBeUndefined();
    else expect(ids).toContain(event.causationid);
  }
  for (const service of serviceNames) {
    const sequences = ofOrder
      .filter(([, { source }]) => source === `/${service}`)
      .map(([, { sequence }]) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted());
  }
});

test('a message delivered three times has one effect', async () => {
  const before = await shop.stock(sku);
  const seen = new Set<string>();
  const listening = await subscribe(({ content, fields, properties }, { id, source }) => {
    if (seen.has(id)) return;
    seen.add(id);
    const producer = serviceChannels[source.slice(1) as ServiceName];
    for (const _ of [1, 2]) producer.publish(fields.exchange, fields.routingKey, content, properties);
  });
  const placed = await Promise.all(Array.from({ length: 20 }, () => shop.place(orderRequest)));
  for (const { id } of placed) await shop.waitUntilEnded(id);
  for (const { id } of placed.slice(0, 10)) await shop.cancel(id);
  for (const { id } of placed.slice(0, 10))
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled' });
  for (const service of serviceNames) await serviceChannels[service].waitForConfirms();
  await listening.stop();

  expect(seen.size).toBeGreaterThanOrEqual(20 * 6 + 10 * 3);
  expect(await shop.stock(sku)).toMatchObject({
    available: before.available - 10,
    held: before.held,
    deducted: before.deducted + 10,
  });
  for (const { id } of placed) {
    const operations = (await shop.ledger(id)).map(({ operation }) => operation);
    expect(new Set(operations).size).toBe(operations.length);
  }
  if (isExternal) return;
  // The inbox drops the repetitions before a decision, which would record them as `already`.
  const ids = placed.map(({ id }) => id);
  for (const service of serviceNames) {
    const repeated = `SELECT * FROM inbox WHERE outcome = 'already' AND subject = ANY ($1)`;
    expect(await query(service, repeated, [ids])).toEqual([]);
  }
});

/**
 * Retries `order.placed` of this order like a consumer after a failure: publishes it to the delay queue of the first
 * retry, so that it returns to its partition behind `order.cancelled`.
 */
async function retryPlacedAfterCancelled(service: 'inventory' | 'payment', orderId: string): Promise<void> {
  const channel = await openChannel(brokerUrls[service]);
  const queue = partitionQueue(`${service}.order-processing`, slotForKey(orderId) % 4);
  const waiting = new Map<string, ConsumeMessage>();
  await new Promise<void>((resolve) => {
    void channel.consume(queue, (message) => {
      if (!message) return;
      const { subject, type } = JSON.parse(message.content.toString()) as CloudEvent;
      if (subject === orderId) waiting.set(type, message);
      if (waiting.size === 2) resolve();
    });
  });
  const placed = waiting.get('order.placed.v1');
  if (!placed) throw new Error('order.placed did not arrive first');
  const { content, fields, properties } = placed;
  const headers = {
    'x-attempt': 2,
    'x-origin-user': properties.userId as unknown,
    'x-origin-exchange': fields.exchange,
    'x-origin-routing-key': fields.routingKey,
  };
  channel.publish(`${service}.retry`, `1s.${queue}`, content, {
    ...properties,
    userId: brokerUserFromUrl(brokerUrls[service]),
    headers,
  });
  await channel.waitForConfirms();
  channel.ack(placed);
  await channel.close(); // requeues `order.cancelled`
}

test('an order placed after its cancellation has no effect', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const { inventory, payment } = opened.platform.processes;
  const before = await shop.stock(sku);
  await Promise.all([inventory.stop(), payment.stop()]);
  const { id } = await shop.place(orderRequest);
  await shop.cancel(id);
  await retryPlacedAfterCancelled('inventory', id);
  await retryPlacedAfterCancelled('payment', id);
  await Promise.all([inventory.start(), payment.start()]);

  expect(await shop.waitUntilEnded(id)).toMatchObject({
    status: 'cancelled',
    stock: 'released',
    payment: 'voided',
  });
  for (const service of ['inventory', 'payment'] as const) {
    const sql = `SELECT outcome FROM inbox WHERE subject = $1 AND type = 'order.placed.v1'`;
    const poll = (): Promise<object[]> => query(service, sql, [id]);
    const found = await waitUntil(`order.placed in ${service}`, poll, (rows) => rows.length > 0);
    expect(found).toEqual([{ outcome: 'overtaken' }]);
  }
  expect(await shop.stock(sku)).toEqual(before);
  expect(await shop.ledger(id)).toEqual([]);
});

auditAfterAll(opened);
