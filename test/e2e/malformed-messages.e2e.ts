import { connect } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { slotOf } from '#messaging';
import { callManagement } from '../../tools/provision/rabbitmq-management.js';
import { until } from '../../tools/client/wait-until.js';
import { auditAtTheEnd, isGiven, NEEDS_OWN, openShop } from './open-shop.js';
import { openWire, openWires, publish, type WireMessage, wireMessage } from './wire.js';
import { type ServiceName } from '../../tools/client/api-types.js';

const opened = openShop();
const { shop, query, rabbitmqUrl, brokerUrls } = opened;
const wires = await openWires(brokerUrls);

beforeEach(({ skip }) => skip(isGiven, NEEDS_OWN));

/** Every bad message goes into this slot, and so into one partition of each consumer. */
const SLOT = 0;
const PARTITIONS = 4;

const line = { sku: 'TEA-PUER-357G', quantity: 1 };

/** Events of an order that was never placed; nothing is wrong with them otherwise. */
const dataOf = {
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

type Sent = keyof typeof dataOf;

/** Where an event of ours goes, and so where its dead letters are found. */
const consumersOf: Record<Sent, readonly [service: ServiceName, queue: string][]> = {
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

type Envelope = Parameters<typeof wireMessage>[3];

const good = (name: Sent, envelope?: Envelope): WireMessage =>
  wireMessage(brokerUrls, name, dataOf[name](), envelope);

const withBody = (body: string | Buffer) => (name: Sent) => ({ ...good(name), body: Buffer.from(body) });

const withEnvelope = (envelope: Envelope) => (name: Sent) => good(name, envelope);

const withProperties = (changes: WireMessage['properties']) => (name: Sent) => {
  const { body, properties } = good(name);
  return { body, properties: { ...properties, ...changes } };
};

const withoutProperty = (property: 'messageId' | 'userId') => (name: Sent) => {
  const { body, properties } = good(name);
  const { [property]: _, ...others } = properties;
  return { body, properties: others };
};

/** Bad for another reason, and its headers are worse. */
const withHeaders = (headers: object) => (name: Sent) => {
  const { body, properties } = good(name, { type: 'order.vanished.v1' });
  return { body, properties: { ...properties, headers } };
};

const nestedTables = (depth: number): object => (depth === 0 ? {} : { d: nestedTables(depth - 1) });
const nestedArrays = (depth: number): unknown[] => (depth === 0 ? [] : [nestedArrays(depth - 1)]);

/** A good message of whose bytes a part is replaced. */
const spoilt = (part: string | RegExp, replacement: string) => (name: Sent) => {
  const { body, properties } = good(name);
  const changed = body.toString().replace(part, replacement);
  if (body.toString() === changed) throw new Error(`there is no ${part} to replace`);
  return { body: Buffer.from(changed), properties };
};

const badMessages: readonly (readonly [what: string, reason: string, make: (name: Sent) => WireMessage])[] = [
  ['bad JSON', 'malformed', withBody('{"id": ')],
  ['no bytes at all', 'malformed', withBody('')],
  ['bytes that are not UTF-8', 'malformed', withBody(Buffer.from([0x22, 0xff, 0x22]))],
  ['ten megabytes', 'too_large', withBody(JSON.stringify('a'.repeat(10 * 1024 * 1024)))],
  ['nesting 10,000 deep', 'too_deep', withBody('['.repeat(10_000) + ']'.repeat(10_000))],
  ['an unknown type', 'unknown_type', withEnvelope({ type: 'order.vanished.v1' })],
  ['a type that every object has', 'unknown_type', withEnvelope({ type: 'constructor' })],
  ['a newer version', 'unsupported_version', (name) => good(name, { type: `${name}.v2` })],
  ['no id', 'not_cloudevents', spoilt(/"id":"[^"]+",/, '')],
  ['an id that is no UUID', 'not_cloudevents', withEnvelope({ id: '1' })],
  ['no message-id', 'id_mismatch', withoutProperty('messageId')],
  ['the message-id of another', 'id_mismatch', withProperties({ messageId: uuidv7() })],
  ['a producer nobody vouches for', 'forged_producer', withoutProperty('userId')],
  ['a member __proto__', 'malformed', spoilt('"data":{', '"data":{"__proto__":{"admin":true},')],
  ['a member twice', 'malformed', spoilt('"quantity":1', '"quantity":1,"quantity":1000')],
  ['1e400', 'malformed', spoilt('"quantity":1', '"quantity":1e400')],
  ['2^63', 'malformed', spoilt('"quantity":1', '"quantity":9223372036854775808')],
  ['\\u0000', 'malformed', spoilt('TEA-PUER', 'TEA-\\u0000PUER')],
  ['a lone surrogate', 'malformed', spoilt('TEA-PUER', 'TEA-\\ud800PUER')],
  ['data against the contract', 'invalid_data', spoilt('"quantity":1', '"quantity":-1')],
  ['a sequence of 0', 'not_cloudevents', withEnvelope({ sequence: 0 })],
  ['headers that hold NUL', 'unknown_type', withHeaders({ note: '\0', 'x-origin-routing-key': '\0' })],
  ['more attempts than an integer counts', 'unknown_type', withHeaders({ 'x-attempt': 2 ** 40 })],
  ['tables in headers as deep as a frame holds', 'unknown_type', withHeaders(nestedTables(1_100))],
  ['arrays in headers as deep as a frame holds', 'unknown_type', withHeaders({ a: nestedArrays(1_500) })],
];

describe.each(['order.placed', 'stock.held'] as const)(
  'a bad %s becomes a dead letter, in each consumer',
  (name) => {
    test.each(badMessages)('%s: %s', async (_what, reason, make) => {
      const bad = make(name);
      await publish(wires, name, SLOT, bad);
      for (const [service, queue] of consumersOf[name]) {
        expect(await deadLetter(service, bad)).toMatchObject({ queue, reason, status: 'open' });
      }
    });
  },
);

test('what no order of messages can bring about is a dead letter at once', async () => {
  const confirmed = good('order.confirmed');
  await publish(wires, 'order.confirmed', SLOT, confirmed);
  for (const [service] of consumersOf['order.confirmed']) {
    expect(await deadLetter(service, confirmed)).toMatchObject({
      reason: 'ImpossibleTransition',
      attempts: 1,
    });
  }
  const held = good('stock.held');
  await publish(wires, 'stock.held', SLOT, held);
  expect(await deadLetter('order', held)).toMatchObject({ reason: 'UnknownOrder', attempts: 1 });
});

test('a message whose id is in capitals is the message it says it is', async () => {
  const held = good('stock.held', { id: uuidv7().toUpperCase() });
  await publish(wires, 'stock.held', SLOT, held);
  expect(await deadLetter('order', held)).toMatchObject({ reason: 'UnknownOrder', attempts: 1 });
});

test('what a user publishes who is not the producer is a dead letter that names the user', async () => {
  const { management } = inject('brokerAccess');
  const vhost = new URL(rabbitmqUrl).pathname.slice(1);
  const user = `forger-${vhost}`;
  await callManagement(management!, 'PUT', `/users/${user}`, { password: 'forger', tags: '' });
  const all = { configure: '', write: '.*', read: '' };
  await callManagement(management!, 'PUT', `/permissions/${vhost}/${user}`, all);
  try {
    const url = Object.assign(new URL(rabbitmqUrl), { username: user, password: 'forger' }).href;
    const forger = { ...brokerUrls, order: url };
    const forged = wireMessage(forger, 'order.placed', dataOf['order.placed']());
    await publish({ ...wires, order: await openWire(url) }, 'order.placed', SLOT, forged);
    const letter = { reason: 'forged_producer', publishedBy: user };
    for (const [service] of consumersOf['order.placed']) {
      expect(await deadLetter(service, forged)).toMatchObject(letter);
    }
  } finally {
    await callManagement(management!, 'DELETE', `/users/${user}`);
  }
});

test("the broker lets nobody publish under another's name", async () => {
  const { body, properties } = good('order.placed');
  const other = await openWire(brokerUrls.order);
  other.on('error', () => {});
  other.publish('order.events', `order.placed.${SLOT}`, body, { ...properties, userId: 'somebody-else' });
  await expect(other.waitForConfirms()).rejects.toThrow();
});

test('headers too large for a frame, which could nest deeper than a reader can follow, get no further than the broker', async ({
  skip,
}) => {
  const { connection } = wires.order as unknown as { connection: { frameMax: number } };
  skip(connection.frameMax > 8192, 'a given broker may allow larger frames');
  const { body, properties } = withHeaders(nestedTables(2_000))('order.placed');
  const sender = await connect(brokerUrls.order);
  const ended = new Promise<Error>((resolve) => sender.once('error', resolve));
  const channel = await sender.createChannel();
  channel.on('error', () => {});
  channel.publish('order.events', `order.placed.${SLOT}`, body, properties);
  expect(await ended).toMatchObject({ code: 501 });
});

test('a bad message that comes again is the same dead letter, open again', async () => {
  const bad = withBody('twice')('order.placed');
  for (const count of [1, 2]) {
    await publish(wires, 'order.placed', SLOT, bad);
    const seen = ({ occurrences }: DeadLetter): boolean => occurrences === count;
    const letter = await until(`occurrence ${count}`, () => deadLetter('inventory', bad), seen);
    expect(letter).toMatchObject({ reason: 'malformed', status: 'open' });
  }
});

test('after all of them the messages behind are handled, by the processes that were there before', async () => {
  for (let partition = -1; partition !== SLOT;) {
    const { id } = await shop.place({ lines: [line], paymentToken: 'tok_visa' });
    partition = slotOf(id) % PARTITIONS;
    expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
  }
  // Nobody starts a process again that has ended: what answers is what was there from the start.
  for (const service of ['order', 'inventory', 'payment'] as const) {
    expect(await shop.request(service, 'GET', '/health/live')).toMatchObject({ status: 200 });
  }
});

test('their dead letters are an alarm: every service is ready, but degraded, and says how many there are', async () => {
  for (const service of ['order', 'inventory', 'payment'] as const) {
    const look = () => shop.request<Readiness>(service, 'GET', '/health/ready');
    const { status, body } = await until(
      `an alarm of ${service}`,
      look,
      (answer) => answer.body.checks['dead-letters']?.status === 'degraded',
    );
    expect(status).toBe(200);
    expect(body.status).toBe('degraded');
    expect(body.checks['dead-letters']?.detail).toMatch(/^open: \d+$/);
  }
});

auditAtTheEnd(opened);

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly detail?: string }>>;
}

interface DeadLetter {
  readonly queue: string;
  readonly reason: string;
  readonly attempts: number;
  readonly status: string;
  readonly occurrences: number;
  readonly publishedBy: string | null;
}

/** Waits for it; found by its bytes, which are kept as they came. */
async function deadLetter(service: ServiceName, { body, properties }: WireMessage): Promise<DeadLetter> {
  const sql = `
    SELECT queue, reason, attempts, status, occurrences, published_by AS "publishedBy" FROM dead_letters
    WHERE body = $1 AND message_id IS NOT DISTINCT FROM $2`;
  const values = [body, properties.messageId ?? null];
  const look = (): Promise<DeadLetter[]> => query<DeadLetter>(service, sql, values);
  const [letter] = await until(`a dead letter in ${service}`, look, (letters) => letters.length > 0);
  return letter!;
}
