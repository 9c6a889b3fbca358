import { connect } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { slotForKey } from '#messaging';
import { callManagement } from '../../tools/provision/rabbitmq-management.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openShop } from './open-shop.js';
import {
  openChannel,
  openServiceChannels,
  publishRaw,
  type RawMessage,
  encodeMessage,
} from './raw-messages.js';
import { type ServiceName } from '../../tools/client/api-types.js';

const opened = openShop();
const { shop, query, rabbitmqUrl, brokerUrls } = opened;
const channels = await openServiceChannels(brokerUrls);

beforeEach(({ skip }) => skip(isExternal, NEEDS_OWN_SHOP));

/** The slot of every bad message, and so one partition of each consumer. */
const SLOT = 0;
const PARTITIONS = 4;

const line = { sku: 'TEA-PUER-357G', quantity: 1 };

/** Valid data of an order that was never placed. */
const createData = {
  'order.placed': () => ({
    orderId: uuidv7(),
    customerId: 'guest',
    lines: [{ ...line, unitPrice: 26_800, priceVersion: 1 }],
    total: { amount: 26_800, currency: 'CNY' },
    paymentToken: 'tok_visa',
    deadlineAt: '2099-01-01T00:00:00.000Z',
  }),
  'order.confirmed': () => ({ orderId: uuidv7() }),
  'stock.held': () => ({ orderId: uuidv7(), lines: [line] }),
} as const;

type SentEventName = keyof typeof createData;

/** The queues of an event: its dead letters name one of them. */
const consumerQueues: Record<SentEventName, readonly [service: ServiceName, queue: string][]> = {
  'order.placed': [
    ['inventory', `inventory.order-processing.${SLOT}`],
    ['payment', `payment.order-processing.${SLOT}`],
  ],
  'order.confirmed': [
    ['inventory', `inventory.order-processing.${SLOT}`],
    ['payment', `payment.order-processing.${SLOT}`],
  ],
  'stock.held': [['order', `order.processing-results.${SLOT}`]],
};

type Envelope = Parameters<typeof encodeMessage>[3];

const validMessage = (name: SentEventName, envelope?: Envelope): RawMessage =>
  encodeMessage(brokerUrls, name, createData[name](), envelope);

const withBody = (body: string | Buffer) => (name: SentEventName) => ({
  ...validMessage(name),
  body: Buffer.from(body),
});

const withEnvelope = (envelope: Envelope) => (name: SentEventName) => validMessage(name, envelope);

const withProperties = (changes: RawMessage['properties']) => (name: SentEventName) => {
  const { body, properties } = validMessage(name);
  return { body, properties: { ...properties, ...changes } };
};

const withoutProperty = (property: 'messageId' | 'userId') => (name: SentEventName) => {
  const { body, properties } = validMessage(name);
  const { [property]: _, ...kept } = properties;
  return { body, properties: kept };
};

/** A message of an unknown type with invalid headers. */
const withHeaders = (headers: object) => (name: SentEventName) => {
  const { body, properties } = validMessage(name, { type: 'order.vanished.v1' });
  return { body, properties: { ...properties, headers } };
};

const nestedTables = (depth: number): object => (depth === 0 ? {} : { d: nestedTables(depth - 1) });
const nestedArrays = (depth: number): unknown[] => (depth === 0 ? [] : [nestedArrays(depth - 1)]);

/** A valid message with one part of its bytes replaced. */
const withReplacement = (part: string | RegExp, replacement: string) => (name: SentEventName) => {
  const { body, properties } = validMessage(name);
  const changed = body.toString().replace(part, replacement);
  if (body.toString() === changed) throw new Error(`there is no ${part} to replace`);
  return { body: Buffer.from(changed), properties };
};

const badMessages: readonly (readonly [
  label: string,
  failureReason: string,
  make: (name: SentEventName) => RawMessage,
])[] = [
  ['bad JSON', 'malformed', withBody('{"id": ')],
  ['no bytes at all', 'malformed', withBody('')],
  ['bytes that are not UTF-8', 'malformed', withBody(Buffer.from([0x22, 0xff, 0x22]))],
  ['ten megabytes', 'too_large', withBody(JSON.stringify('a'.repeat(10 * 1024 * 1024)))],
  ['nesting 10,000 deep', 'too_deep', withBody('['.repeat(10_000) + ']'.repeat(10_000))],
  ['an unknown type', 'unknown_type', withEnvelope({ type: 'order.vanished.v1' })],
  ['a property of Object as type', 'unknown_type', withEnvelope({ type: 'constructor' })],
  ['a newer version', 'unsupported_version', (name) => validMessage(name, { type: `${name}.v2` })],
  ['no id', 'not_cloudevents', withReplacement(/"id":"[^"]+",/, '')],
  ['an id that is no UUID', 'not_cloudevents', withEnvelope({ id: '1' })],
  ['no message-id', 'id_mismatch', withoutProperty('messageId')],
  ['the message-id of another message', 'id_mismatch', withProperties({ messageId: uuidv7() })],
  ['no user-id', 'unexpected_publisher', withoutProperty('userId')],
  ['a member __proto__', 'malformed', withReplacement('"data":{', '"data":{"__proto__":{"admin":true},')],
  ['a member twice', 'malformed', withReplacement('"quantity":1', '"quantity":1,"quantity":1000')],
  ['1e400', 'malformed', withReplacement('"quantity":1', '"quantity":1e400')],
  ['2^63', 'malformed', withReplacement('"quantity":1', '"quantity":9223372036854775808')],
  ['\\u0000', 'malformed', withReplacement('TEA-PUER', 'TEA-\\u0000PUER')],
  ['a lone surrogate', 'malformed', withReplacement('TEA-PUER', 'TEA-\\ud800PUER')],
  ['data against the contract', 'invalid_data', withReplacement('"quantity":1', '"quantity":-1')],
  ['a sequence of 0', 'not_cloudevents', withEnvelope({ sequence: 0 })],
  ['NUL in headers', 'unknown_type', withHeaders({ note: '\0', 'x-origin-routing-key': '\0' })],
  ['an attempt above 2^31', 'unknown_type', withHeaders({ 'x-attempt': 2 ** 40 })],
  ['headers with 1,100 nested tables', 'unknown_type', withHeaders(nestedTables(1_100))],
  ['headers with 1,500 nested arrays', 'unknown_type', withHeaders({ a: nestedArrays(1_500) })],
];

describe.each(['order.placed', 'stock.held'] as const)(
  'a bad %s becomes a dead letter of each consumer',
  (name) => {
    test.each(badMessages)('%s: %s', async (_label, failureReason, make) => {
      const bad = make(name);
      await publishRaw(channels, name, SLOT, bad);
      for (const [service, queue] of consumerQueues[name]) {
        expect(await waitForDeadLetter(service, bad)).toMatchObject({ queue, failureReason, status: 'open' });
      }
    });
  },
);

test('an impossible transition is a dead letter at once', async () => {
  const confirmed = validMessage('order.confirmed');
  await publishRaw(channels, 'order.confirmed', SLOT, confirmed);
  for (const [service] of consumerQueues['order.confirmed']) {
    expect(await waitForDeadLetter(service, confirmed)).toMatchObject({
      failureReason: 'ImpossibleTransitionError',
      attempts: 1,
    });
  }
  const held = validMessage('stock.held');
  await publishRaw(channels, 'stock.held', SLOT, held);
  expect(await waitForDeadLetter('order', held)).toMatchObject({
    failureReason: 'UnknownOrderError',
    attempts: 1,
  });
});

test('a message id is case-insensitive', async () => {
  const held = validMessage('stock.held', { id: uuidv7().toUpperCase() });
  await publishRaw(channels, 'stock.held', SLOT, held);
  expect(await waitForDeadLetter('order', held)).toMatchObject({
    failureReason: 'UnknownOrderError',
    attempts: 1,
  });
});

test('a forged event is a dead letter that names its user', async () => {
  const { management } = inject('brokerAccess');
  const vhost = new URL(rabbitmqUrl).pathname.slice(1);
  const user = `forger-${vhost}`;
  await callManagement(management!, 'PUT', `/users/${user}`, { password: 'forger', tags: '' });
  const all = { configure: '', write: '.*', read: '' };
  await callManagement(management!, 'PUT', `/permissions/${vhost}/${user}`, all);
  try {
    const url = Object.assign(new URL(rabbitmqUrl), { username: user, password: 'forger' }).href;
    const forger = { ...brokerUrls, order: url };
    const forged = encodeMessage(forger, 'order.placed', createData['order.placed']());
    await publishRaw({ ...channels, order: await openChannel(url) }, 'order.placed', SLOT, forged);
    const deadLetter = { failureReason: 'unexpected_publisher', publishedBy: user };
    for (const [service] of consumerQueues['order.placed']) {
      expect(await waitForDeadLetter(service, forged)).toMatchObject(deadLetter);
    }
  } finally {
    await callManagement(management!, 'DELETE', `/users/${user}`);
  }
});

test('the broker rejects a foreign user-id', async () => {
  const { body, properties } = validMessage('order.placed');
  const other = await openChannel(brokerUrls.order);
  other.on('error', () => {});
  other.publish('order.events', `order.placed.${SLOT}`, body, { ...properties, userId: 'another-user' });
  await expect(other.waitForConfirms()).rejects.toThrow();
});

test('the broker rejects headers larger than a frame', async ({ skip }) => {
  const { connection } = channels.order as unknown as { connection: { frameMax: number } };
  skip(connection.frameMax > 8192, 'a given broker may allow larger frames');
  const { body, properties } = withHeaders(nestedTables(2_000))('order.placed');
  const sender = await connect(brokerUrls.order);
  const ended = new Promise<Error>((resolve) => sender.once('error', resolve));
  const channel = await sender.createChannel();
  channel.on('error', () => {});
  channel.publish('order.events', `order.placed.${SLOT}`, body, properties);
  expect(await ended).toMatchObject({ code: 501 });
});

test('a repeated bad message reopens its dead letter', async () => {
  const bad = withBody('twice')('order.placed');
  for (const count of [1, 2]) {
    await publishRaw(channels, 'order.placed', SLOT, bad);
    const seen = ({ occurrences }: DeadLetter): boolean => occurrences === count;
    const deadLetter = await waitUntil(
      `occurrence ${count}`,
      () => waitForDeadLetter('inventory', bad),
      seen,
    );
    expect(deadLetter).toMatchObject({ failureReason: 'malformed', status: 'open' });
  }
});

test('the processes survive and handle the following messages', async () => {
  for (let partition = -1; partition !== SLOT;) {
    const { id } = await shop.place({ lines: [line], paymentToken: 'tok_visa' });
    partition = slotForKey(id) % PARTITIONS;
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
  }
  // No test restarts a process here: one that responds has survived.
  for (const service of ['order', 'inventory', 'payment'] as const) {
    expect(await shop.request(service, 'GET', '/health/live')).toMatchObject({ status: 200 });
  }
});

test('open dead letters degrade every service', async () => {
  for (const service of ['order', 'inventory', 'payment'] as const) {
    const poll = () => shop.request<Readiness>(service, 'GET', '/health/ready');
    const { status, body } = await waitUntil(
      `an alarm of ${service}`,
      poll,
      (response) => response.body.checks['dead-letters']?.status === 'degraded',
    );
    expect(status).toBe(200);
    expect(body.status).toBe('degraded');
    expect(body.checks['dead-letters']?.detail).toMatch(/^open: \d+$/);
  }
});

auditAfterAll(opened);

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly detail?: string }>>;
}

interface DeadLetter {
  readonly queue: string;
  readonly failureReason: string;
  readonly attempts: number;
  readonly status: string;
  readonly occurrences: number;
  readonly publishedBy: string | null;
}

/** Waits for the dead letter with the bytes of this message. */
async function waitForDeadLetter(
  service: ServiceName,
  { body, properties }: RawMessage,
): Promise<DeadLetter> {
  const sql = `
    SELECT queue, failure_reason AS "failureReason", attempts, status, occurrences, published_by AS "publishedBy" FROM dead_letters
    WHERE body = $1 AND message_id IS NOT DISTINCT FROM $2`;
  const values = [body, properties.messageId ?? null];
  const poll = (): Promise<DeadLetter[]> => query<DeadLetter>(service, sql, values);
  const [deadLetter] = await waitUntil(
    `a dead letter in ${service}`,
    poll,
    (deadLetters) => deadLetters.length > 0,
  );
  return deadLetter!;
}
