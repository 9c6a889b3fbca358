import { readFile } from 'node:fs/promises';

import { type ConsumeMessage, connect } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, describe, expect, test } from 'vitest';

import { eventsExchange } from '#messaging';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { openServiceChannels, publishRaw, encodeMessage } from '../e2e/raw-messages.js';
import { startFaultEnvironment } from './fault-environment.js';

/** Above the duration of any transaction: a transaction that waits for a response would stay visible. */
const GATEWAY_TIMEOUT_MS = 30_000;
/** A valid payment card number. */
const CARD_NUMBER = '4111111111111111';

const environment = await startFaultEnvironment({
  env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: String(GATEWAY_TIMEOUT_MS) } },
});
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

// Receives every published event and every retried message.
const received: ConsumeMessage[] = [];
const recorderConnection = await connect(environment.rabbitmqUrl);
afterAll(() => recorderConnection.close());
const channel = await recorderConnection.createChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });
for (const service of serviceNames) {
  await channel.bindQueue(queue, eventsExchange(service), '#');
  await channel.bindQueue(queue, `${service}.retry`, '#');
}
await channel.consume(queue, (message) => void (message && received.push(message)), { noAck: true });

describe('mistake 12, a network call inside a transaction:', () => {
  /** Sessions of the service with an open transaction and no statement in progress. */
  const inTransaction = (service: ServiceName): Promise<object[]> =>
    environment.query(
      service,
      `SELECT application_name, state, query FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1 AND xact_start IS NOT NULL AND state <> 'active'`,
      [`${service}%`],
    );
  const untilNone = (service: ServiceName): Promise<object[]> =>
    waitUntil(
      `no open transaction of ${service}`,
      () => inTransaction(service),
      (rows) => rows.length === 0,
      {
        timeoutMs: GATEWAY_TIMEOUT_MS / 3,
      },
    );

  test('payment holds no transaction or lock during a gateway request', async () => {
    await environment.assertSurvives(async () => {
      const link = environment.link('payment', 'gateway');
      link.blackHole();
      const ids = await clients.placeMany(orderRequest, 10);
      const pendingOperations = (): Promise<object[]> =>
        environment.query(
          'payment',
          'SELECT 1 FROM gateway_operations WHERE order_id = ANY ($1) AND leased_until > now() AND completed_at IS NULL',
          [ids],
        );
      await waitUntil(
        'ten gateway requests in flight',
        pendingOperations,
        (rows) => rows.length === ids.length,
      );
      await untilNone('payment');
      // NOWAIT succeeds only if no transaction holds a lock on these rows.
      const other = await environment.openSession('payment');
      await other.query('BEGIN');
      const { rowCount } = await other.query(
        `SELECT FROM payments JOIN gateway_operations USING (order_id) WHERE order_id = ANY ($1) FOR UPDATE NOWAIT`,
        [ids],
      );
      expect(rowCount).toBe(ids.length);
      expect(await pendingOperations()).toHaveLength(ids.length);
      await other.end();
      link.reset();
      await link.restore();
      await environment.expectCompleted(ids);
    });
  });

  test('order holds no transaction or lock while confirms are pending', async () => {
    await environment.assertSurvives(async () => {
      const link = environment.link('order', 'broker');
      link.blackHole();
      const ids = await clients.placeMany(orderRequest, 10);
      // The relay runs this statement only while it waits for confirms.
      const waits = (): Promise<object[]> =>
        environment.query(
          'order',
          `SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'order relay' AND query = 'SELECT'`,
        );
      await waitUntil('a relay that waits for confirms', waits, (rows) => rows.length > 0);
      await untilNone('order');
      const other = await environment.openSession('order');
      await other.query('BEGIN');
      const { rowCount } = await other.query(
        `SELECT FROM outbox WHERE subject = ANY ($1) AND published_at IS NULL FOR UPDATE NOWAIT`,
        [ids],
      );
      expect(rowCount).toBe(ids.length);
      await other.end();
      await link.restore();
      await environment.expectCompleted(ids);
    });
  });
});

describe('mistake 13, mixed TTLs in one queue or requeue in a loop:', () => {
  test('each retry delay has a queue with one TTL', async () => {
    interface Queue {
      readonly name: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    }
    const exchanges = await environment.callManagementApi<{ type: string }[]>(
      'GET',
      '/exchanges/:vhost?columns=type',
    );
    expect(new Set(exchanges.map(({ type }) => type))).toEqual(
      new Set(['direct', 'fanout', 'headers', 'topic']),
    );
    const queues = await environment.callManagementApi<Queue[]>(
      'GET',
      '/queues/:vhost?columns=name,arguments',
    );
    const delaying = queues.filter((found) => 'x-message-ttl' in found.arguments);
    expect(delaying.map(({ name }) => name)).toEqual(
      queues.map(({ name }) => name).filter((name) => /\.retry\.\w+$/.test(name)),
    );
    for (const service of serviceNames) {
      const delays = delaying.filter(({ name }) => name.startsWith(`${service}.`));
      const times = delays.map((found) => found.arguments['x-message-ttl']);
      expect(times.length).toBeGreaterThan(0);
      expect(new Set(times).size).toBe(times.length);
    }
  });

  test('a failing message is retried with growing delays, without redelivery', async () => {
    await environment.assertSurvives(async () => {
      const before = await redeliveries();
      await environment.process('inventory').stop();
      const [failing = '', ...others] = await clients.placeMany(orderRequest, 10);
      await environment.query(
        'inventory',
        `CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$`,
      );
      await environment.query(
        'inventory',
        `CREATE TRIGGER fails BEFORE INSERT ON reservations
         FOR EACH ROW WHEN (NEW.order_id = '${failing}') EXECUTE FUNCTION fails()`,
      );
      const [event] = await environment.placedEvents([failing]);
      const retries = (): ConsumeMessage[] =>
        received.filter(
          ({ fields, properties }) =>
            fields.exchange === 'inventory.retry' && properties.messageId === event?.id,
        );
      await environment.process('inventory').start();
      await waitUntil(
        'a second failure',
        async () => retries(),
        ({ length }) => length === 2,
      );
      await environment.query('inventory', 'DROP TRIGGER fails ON reservations');
      await environment.expectCompleted([failing, ...others]);
      expect(retries().map(({ fields }) => fields.routingKey.split('.')[0])).toEqual(['1s', '5s']);
      expect(retries().map(({ properties }) => properties.headers?.['x-attempt'] as unknown)).toEqual([2, 3]);
      // No message has its own TTL, which would block the messages behind it.
      expect(received.filter(({ properties }) => properties.expiration !== undefined)).toEqual([]);
      expect(await redeliveries()).toBe(before);
    });
  });

  /** Number of redeliveries on all queues, from the broker's statistics. */
  async function redeliveries(): Promise<number> {
    const queues = await environment.callManagementApi<{ message_stats?: { redeliver?: number } }[]>(
      'GET',
      '/queues/:vhost?columns=message_stats.redeliver',
    );
    return queues.reduce((sum, { message_stats }) => sum + (message_stats?.redeliver ?? 0), 0);
  }
});

describe('mistake 14, card data in logs, messages or dead letters:', () => {
  const spaced = CARD_NUMBER.replace(/(\d{4})(?=\d)/g, '$1 ');

  /** The logs of every service without blanks and hyphens, so a grouped card number is found. */
  async function logs(): Promise<string> {
    const files = serviceNames.map((service) => environment.process(service).options.logFile);
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    return texts.join('\n').replace(/[ -]/g, '');
  }

  test('a card number in requests is never published or logged', async () => {
    const orderRequests = [
      { ...orderRequest, paymentToken: CARD_NUMBER },
      { ...orderRequest, note: spaced },
      { ...orderRequest, [CARD_NUMBER]: true },
      { ...orderRequest, lines: [{ sku: CARD_NUMBER, quantity: 1 }] },
      { ...orderRequest, lines: [{ sku: orderRequest.lines[0]!.sku, quantity: Number(CARD_NUMBER) }] },
    ];
    const responses = [
      ...(await Promise.all(orderRequests.map((bad) => shop.tryPlace(bad as typeof orderRequest)))),
      await shop.tryPlace(orderRequest, `card-${spaced}`),
      await shop.tryPlace(orderRequest, undefined, { 'x-correlation-id': CARD_NUMBER }),
      await shop.request('order', 'GET', `/orders/${CARD_NUMBER}`),
      await shop.request('inventory', 'GET', `/stock/${CARD_NUMBER}`),
      await shop.request('payment', 'GET', `/payments/${CARD_NUMBER}`),
    ];
    for (const { status, text } of responses) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(text.replace(/[ -]/g, '')).not.toContain(CARD_NUMBER);
    }
    const id = await clients.place(orderRequest);
    await environment.expectCompleted([id]);
    const sent = received.map(({ content, properties }) => content.toString() + JSON.stringify(properties));
    expect(sent.some((text) => text.includes(id))).toBe(true);
    expect(sent.filter((text) => text.includes(CARD_NUMBER))).toEqual([]);
    expect(await logs()).toContain('"route":"/payments/:orderId","status":422');
    expect(await logs()).not.toContain(CARD_NUMBER);
  });

  test('a card number in an event is never logged', async () => {
    const data = {
      orderId: uuidv7(),
      customerId: 'guest',
      lines: [{ ...orderRequest.lines[0]!, unitPrice: 1_000, priceVersion: 1 }],
      total: { amount: 1_000, currency: 'CNY' },
      paymentToken: CARD_NUMBER,
      deadlineAt: '2099-01-01T00:00:00.000Z',
    };
    const { brokerUrls } = environment;
    const bad = encodeMessage(brokerUrls, 'order.placed', data, { traceparent: null });
    await publishRaw(await openServiceChannels(brokerUrls), 'order.placed', 0, bad);
    for (const service of ['inventory', 'payment'] as const) {
      const poll = (): Promise<{ error: string }[]> =>
        environment.query(service, 'SELECT error, stack FROM dead_letters WHERE body = $1', [bad.body]);
      const found = await waitUntil(`a dead letter of ${service}`, poll, (rows) => rows.length > 0);
      expect(found[0]?.error).toContain('paymentToken');
      expect(JSON.stringify(found)).not.toContain(CARD_NUMBER);
    }
    expect(await logs()).not.toContain(CARD_NUMBER);
  });
});
