import type { ConsumeMessage } from 'amqplib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createDelivery } from '../../../test-support/deliveries.js';
import { type DeadLetter, buildDeadLetter, buildBrokerDeadLetter } from './dead-letter.js';
import { ATTEMPTS_MAX, replayPublication, retryPublication } from './retry.js';
import { readOrigin } from '../provenance.js';
import { RETRY_STEPS } from '../routing.js';

const OWN = 'inventory';
const QUEUE = 'inventory.order-processing.0';

/** Header values as amqplib decodes them, with values that an attacker would send. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\ud800', 'delivery_limit', QUEUE),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
  ),
})).any;

const NAMES = [
  'x-attempt',
  'x-origin-user',
  'x-origin-exchange',
  'x-origin-routing-key',
  'x-death',
  'x-last-death-queue',
  'x-last-death-reason',
  '__proto__',
];
const headers = fc
  .tuple(
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), value, { maxKeys: 6 }),
    fc.record({ 'x-death': fc.array(value, { maxLength: 3 }) }, { requiredKeys: [] }),
  )
  .map(([some, deaths]) => ({ ...some, ...deaths }));
const properties = fc.record(
  {
    messageId: fc.string({ unit: 'binary', maxLength: 255 }),
    type: fc.string({ unit: 'binary', maxLength: 255 }),
    userId: fc.constantFrom(OWN, 'order'),
    correlationId: fc.string(),
    timestamp: fc.integer({ min: 0 }),
    headers,
  },
  { requiredKeys: [] },
);

const anyDelivery = fc
  .tuple(properties, fc.string({ unit: 'binary', maxLength: 255 }))
  .map(([chosen, routingKey]) => createDelivery('bytes', chosen as never, { routingKey }));

/** Asserts that PostgreSQL accepts every text and every count. */
function expectStorable(letter: DeadLetter): void {
  for (const [name, stored] of Object.entries(letter)) {
    if (typeof stored === 'string' && name !== 'properties') {
      expect(stored).toBe(stored.toWellFormed());
      expect(stored).not.toContain('\0');
    }
  }
  expect(letter.properties).not.toContain('\0');
  expect(JSON.parse(letter.properties)).toBeTypeOf('object');
  expect(letter.attempts).toBeGreaterThanOrEqual(1);
  for (const count of [letter.attempts, letter.replay]) {
    expect(count).toBe(Math.trunc(count));
    expect(count).toBeLessThan(2 ** 31);
  }
  expect(letter.key).not.toBe('');
}

describe('a message with any content', () => {
  test('can become a dead letter', () => {
    fc.assert(
      fc.property(anyDelivery, fc.string({ unit: 'binary' }), (message, text) => {
        expectStorable(
          buildDeadLetter(QUEUE, message, readOrigin(message, OWN), 'malformed', new Error(text)),
        );
        expectStorable(buildDeadLetter(QUEUE, message, readOrigin(message, OWN), 'malformed', text));
      }),
    );
  });

  test('can become a dead letter of the broker', () => {
    fc.assert(fc.property(anyDelivery, (message) => expectStorable(buildBrokerDeadLetter(message, OWN))));
  });

  test('is retried unchanged, up to the attempt limit', () => {
    fc.assert(
      fc.property(anyDelivery, (message) => {
        const { attempt } = readOrigin(message, OWN);
        const retry = retryPublication('inventory', OWN, QUEUE, message);
        if (attempt >= ATTEMPTS_MAX) {
          expect(retry).toBeUndefined();
          return;
        }
        expect(retry!.body).toBe(message.content);
        expect(retry!.routingKey).toBe(`${RETRY_STEPS[attempt - 1]!.name}.${QUEUE}`);
        expect(retry!.properties).toMatchObject({
          messageId: message.properties.messageId as unknown,
          userId: OWN,
        });
        expect(retry!.properties.headers).toMatchObject({ 'x-attempt': attempt + 1 });
      }),
    );
  });
});

describe('the origin of a message', () => {
  const past = {
    'x-attempt': 3,
    'x-origin-user': 'order',
    'x-origin-exchange': 'order.events',
    'x-origin-routing-key': 'order.placed.9',
  };
  const retried = (userId: string): ConsumeMessage =>
    createDelivery(
      '{}',
      { userId, headers: past },
      { exchange: 'inventory.retry.due', routingKey: `1s.${QUEUE}` },
    );

  test('is read from headers that the own user published', () => {
    expect(readOrigin(retried(OWN), OWN)).toEqual({
      attempt: 3,
      replay: 0,
      user: 'order',
      exchange: 'order.events',
      routingKey: 'order.placed.9',
    });
  });

  test('is the delivery itself for another user', () => {
    expect(readOrigin(retried('payment'), OWN)).toEqual({
      attempt: 1,
      replay: 0,
      user: 'payment',
      exchange: 'inventory.retry.due',
      routingKey: `1s.${QUEUE}`,
    });
  });

  test('is kept from retry to retry', () => {
    const first = createDelivery('{}', { userId: 'order', messageId: 'm' });
    let message = first;
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt += 1) {
      const retry = retryPublication('inventory', OWN, QUEUE, message)!;
      message = createDelivery(retry.body, retry.properties, {
        exchange: 'due',
        routingKey: retry.routingKey,
      });
      expect(readOrigin(message, OWN)).toEqual({ ...readOrigin(first, OWN), attempt: attempt + 1 });
    }
    expect(retryPublication('inventory', OWN, QUEUE, message)).toBeUndefined();
  });
});

describe('a replay', () => {
  const letter = {
    queue: QUEUE,
    body: Buffer.from('{}'),
    messageId: 'm',
    properties: { type: 'order.placed.v1', userId: 'order', headers: { note: 'x' }, timestamp: 7 },
    origin: { attempt: 6, replay: 2, user: 'order', exchange: 'order.events', routingKey: 'order.placed.9' },
  };
  const sent = replayPublication('inventory', OWN, letter);
  const arrived = (properties = sent.properties) =>
    createDelivery(sent.body, properties, { exchange: 'inventory.retry.due', routingKey: sent.routingKey });

  test('is published to its queue with the same id', () => {
    expect(sent).toMatchObject({ exchange: 'inventory.retry', routingKey: `1s.${QUEUE}`, body: letter.body });
    expect(sent.properties).toMatchObject({
      messageId: 'm',
      userId: OWN,
      type: 'order.placed.v1',
      timestamp: 7,
    });
  });

  test('is one further attempt, and the last', () => {
    expect(readOrigin(arrived(), OWN)).toEqual(letter.origin);
    expect(retryPublication('inventory', OWN, QUEUE, arrived())).toBeUndefined();
  });

  test('keeps its replay count in further attempts', () => {
    const first = replayPublication('inventory', OWN, {
      ...letter,
      origin: { ...letter.origin, attempt: 2 },
    });
    const retry = retryPublication('inventory', OWN, QUEUE, arrived(first.properties))!;
    expect(readOrigin(arrived(retry.properties), OWN)).toEqual({ ...letter.origin, attempt: 3 });
  });
});

describe('a dead letter is identified', () => {
  const key = (content: string, messageId?: string): string => {
    const message = createDelivery(content, { ...(messageId !== undefined && { messageId }) });
    return buildDeadLetter(QUEUE, message, readOrigin(message, OWN), 'malformed', new Error('no')).key;
  };

  test('by its message id, or its body', () => {
    expect(key('a', 'id')).toBe('id');
    expect(key('a')).toBe(key('a', ''));
    expect(key('a')).not.toBe(key('b'));
  });
});

test('the last of several deaths is recorded', () => {
  const expired = {
    queue: 'inventory.retry.1s',
    reason: 'expired',
    exchange: 'inventory.retry',
    'routing-keys': ['x'],
  };
  const limit = {
    queue: QUEUE,
    reason: 'delivery_limit',
    exchange: 'order.events',
    'routing-keys': ['order.placed.9'],
  };
  const first = { 'x-first-death-queue': expired.queue, 'x-first-death-reason': expired.reason };
  const expectation = {
    queue: QUEUE,
    failureReason: 'delivery_limit',
    exchange: 'order.events',
    routingKey: 'order.placed.9',
  };
  const latestFirst = createDelivery('{}', { headers: { 'x-death': [limit, expired], ...first } });
  expect(buildBrokerDeadLetter(latestFirst, OWN)).toMatchObject(expectation);
  const named = { 'x-last-death-queue': QUEUE, 'x-last-death-reason': 'delivery_limit' };
  const anyOrder = createDelivery('{}', { headers: { 'x-death': [expired, limit], ...first, ...named } });
  expect(buildBrokerDeadLetter(anyOrder, OWN)).toMatchObject(expectation);
});
