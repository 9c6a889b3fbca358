import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { eventContracts, inventoryOrderProcessing, orderPlaced, subscriptions } from '#contracts';
import { brokerUsers, createDelivery, createEventDelivery } from '../../../test-support/deliveries.js';
import { createDecoder, createEventParser } from './decode.js';
import { encodeEnvelope, type EnvelopeFields, messageProperties } from '../envelope.js';
import { MessageRejectedError, type RejectionReason } from '../errors.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const decode = createDecoder(inventoryOrderProcessing, brokerUsers);

const placed: EnvelopeFields = {
  id: '019a0000-0000-7000-8000-000000000001',
  type: orderPlaced.type,
  producer: 'order',
  subject: orderPlaced.example.orderId,
  sequence: 1,
  occurredAt: new Date('2026-11-21T10:00:00.123Z'),
  correlationId: orderPlaced.example.orderId,
  causationId: null,
  traceparent: null,
  data: JSON.stringify(orderPlaced.example),
};

/** The event's bytes with some members of the envelope replaced; undefined leaves one out. */
function altered(members: Record<string, unknown>): Buffer {
  const envelope = JSON.parse(encodeEnvelope(placed).toString()) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...envelope, ...members }));
}

function catchRejection(
  content: Buffer | string,
  properties = messageProperties(placed, 'order'),
): RejectionReason {
  try {
    decode(createDelivery(content, properties));
  } catch (error) {
    if (error instanceof MessageRejectedError) return error.reason;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a decoded event equals the published one', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((value) => !value.includes('\0') && value.length <= 200);
  const optional = fc.option(text, { nil: null });

  test('for every event of every subscription', () => {
    const subscribed = subscriptions.flatMap((subscription) =>
      subscription.events.map((contract) => ({ subscription, contract })),
    );
    const envelope = fc.record({
      id: fc.uuid(),
      subject: text,
      sequence: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      occurredAt: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      correlationId: text,
      causationId: optional,
      traceparent: fc.constantFrom(null, TRACEPARENT),
    });
    fc.assert(
      fc.property(fc.constantFrom(...subscribed), envelope, ({ subscription, contract }, fields) => {
        const { type, producer, name, version, example } = contract;
        const event = { ...fields, type, producer, data: JSON.stringify(example) };
        expect(createDecoder(subscription, brokerUsers)(createEventDelivery(event))).toEqual({
          id: fields.id,
          name,
          version,
          producer,
          subject: fields.subject,
          sequence: fields.sequence,
          occurredAt: fields.occurredAt.toISOString(),
          correlationId: fields.correlationId,
          causationId: fields.causationId ?? undefined,
          traceparent: fields.traceparent ?? undefined,
          tracestate: undefined,
          data: example,
        });
      }),
    );
  });

  test.each([
    [
      { traceparent: TRACEPARENT, tracestate: 'vendor=1' },
      { traceparent: TRACEPARENT, tracestate: 'vendor=1' },
    ],
    [{ traceparent: TRACEPARENT, tracestate: 'v'.repeat(513) }, { traceparent: TRACEPARENT }],
    [{ traceparent: TRACEPARENT, tracestate: 'vendör=1' }, { traceparent: TRACEPARENT }],
    [{ traceparent: TRACEPARENT, tracestate: { vendor: 1 } }, { traceparent: TRACEPARENT }],
    [{ traceparent: TRACEPARENT.replace('4736', 'XXXX'), tracestate: 'vendor=1' }, {}],
    [{ traceparent: '0'.repeat(5_000), tracestate: 'vendor=1' }, {}],
    [{ traceparent: 7 }, {}],
    [{ traceparent: ['a'] }, {}],
    [{ tracestate: 'vendor=1' }, {}],
  ])('a malformed trace context is ignored: %j', (members, context) => {
    const delivery = createDelivery(altered(members), messageProperties(placed, 'order'));
    const message = decode(delivery);
    expect(message).toEqual({ ...decode(createEventDelivery(placed)), ...context });
  });

  test('its id is in lower case', () => {
    expect(decode(createEventDelivery({ ...placed, id: '019A0000-0000-7000-8000-00000000000F' })).id).toBe(
      '019a0000-0000-7000-8000-00000000000f',
    );
  });

  describe('when another CloudEvents library wrote it', () => {
    const properties = messageProperties(placed, 'order');
    const expected = decode(createEventDelivery(placed));

    test.each([
      ['null for an absent attribute', { causationid: null, traceparent: null, dataschema: null }],
      ['a number as sequence', { sequence: 1 }],
      ['a sequence without leading zeros', { sequence: '1' }],
      [
        'members in another order',
        Object.fromEntries(Object.entries(JSON.parse(altered({}).toString()) as object).toReversed()),
      ],
    ])('with %s', (_, members) => {
      expect(decode(createDelivery(altered(members), properties))).toEqual(expected);
    });

    test.each([
      '2026-11-21T18:00:00.123+08:00', // Python
      '2026-11-21T18:00:00.1230000+08:00', // .NET
      '2026-11-21T10:00:00.123000000Z', // Java, Go
      '2026-11-21T04:30:00.123-05:30',
    ])('with the time %s', (time) => {
      expect(decode(createDelivery(altered({ time }), properties))).toEqual(expected);
    });

    test.each([
      { contentType: 'application/cloudevents+json; charset=utf-8' },
      { contentType: 'application/json', contentEncoding: 'utf-8' },
      { contentType: '' },
    ])('with the properties %o', (properties) => {
      const delivery = createDelivery(altered({}), { ...messageProperties(placed, 'order'), ...properties });
      expect(decode(delivery)).toEqual(expected);
    });
  });

  test('unknown members are dropped', () => {
    const data = { ...orderPlaced.example, giftWrap: { colour: 'red' } };
    const message = decode(
      createDelivery(altered({ data, severity: 'low' }), messageProperties(placed, 'order')),
    );
    expect(message.data).toEqual(orderPlaced.example);
    expect(message).not.toHaveProperty('severity');
  });
});

describe('a message is rejected as', () => {
  test.each([
    ['empty', ''],
    ['cut short', encodeEnvelope(placed).subarray(0, -1)],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['two members of one name', '{"id":1,"id":2}'],
    ['__proto__', '{"__proto__":{}}'],
    ['NUL', '{"id":"\\u0000"}'],
    ['a lone surrogate', '{"id":"\\ud800"}'],
    ['1e400', '{"id":1e400}'],
    ['2^63', '{"id":9223372036854775808}'],
  ])('malformed: %s', (_, content) => {
    expect(catchRejection(content)).toBe('malformed');
  });

  test('too_large: above 256 KB', () => {
    const bare = altered({ padding: '' }).length;
    expect(catchRejection(altered({ padding: 'x'.repeat(256 * 1024 - bare + 1) }))).toBe('too_large');
    const largest = createDelivery(
      altered({ padding: 'x'.repeat(256 * 1024 - bare) }),
      messageProperties(placed, 'order'),
    );
    expect(decode(largest).id).toBe(placed.id);
  });

  test.each([33, 10_000, 100_000])('too_deep: %i levels', (levels) => {
    expect(catchRejection('['.repeat(levels) + ']'.repeat(levels))).toBe('too_deep');
  });

  test.each([
    ['an array', Buffer.from('[]')],
    ['a string', Buffer.from('"order.placed.v1"')],
    ['another version of CloudEvents', altered({ specversion: '0.3' })],
    ['no id', altered({ id: undefined })],
    ['an id that is no UUID', altered({ id: '42' })],
    ['no type', altered({ type: undefined })],
    ['no time', altered({ time: 'yesterday' })],
    ['sequence 0', altered({ sequence: '0000000000' })],
    ['sequence 1.5', altered({ sequence: 1.5 })],
    ['a null subject', altered({ subject: null })],
    ['a sequence beyond 32 bits', altered({ sequence: '2147483648' })],
    ['no data', altered({ data: undefined })],
    ['an empty subject', altered({ subject: '' })],
    ['an endless subject', altered({ subject: 'x'.repeat(201) })],
  ])('not_cloudevents: %s', (_, content) => {
    expect(catchRejection(content)).toBe('not_cloudevents');
  });

  test.each(['order.completed.v1', 'stock.held.v1', 'order.placed', '__proto__', 'constructor.v1'])(
    'unknown_type: %s is not subscribed to',
    (type) => {
      expect(catchRejection(altered({ type }))).toBe('unknown_type');
    },
  );

  test('unsupported_version: a later version of a known event', () => {
    expect(catchRejection(altered({ type: 'order.placed.v2' }))).toBe('unsupported_version');
  });

  test.each([
    ['null', null],
    ['of another event', eventContracts['stock.held.v1'].example],
    ['with a line too few', { ...orderPlaced.example, lines: [] }],
  ])('invalid_data: %s', (_, data) => {
    expect(catchRejection(altered({ data }))).toBe('invalid_data');
  });

  test.each([
    ['its id is another', { messageId: '019a0000-0000-7000-8000-00000000000f' }],
    ['it has none', { messageId: undefined }],
  ])('id_mismatch: by its properties %s', (_, properties) => {
    const published = { ...messageProperties(placed, 'order'), ...properties } as ReturnType<
      typeof messageProperties
    >;
    expect(catchRejection(encodeEnvelope(placed), published)).toBe('id_mismatch');
  });
});

describe('only its producer may publish an event:', () => {
  const body = encodeEnvelope(placed);
  const as = (userId: string | undefined, headers: Record<string, unknown> = {}) =>
    ({ ...messageProperties(placed, 'order'), userId, headers }) as ReturnType<typeof messageProperties>;
  const retry = { 'x-attempt': 2, 'x-origin-user': 'order' };

  test('another user, or none, is rejected', () => {
    expect(catchRejection(body, as('payment'))).toBe('unexpected_publisher');
    expect(catchRejection(body, as('inventory'))).toBe('unexpected_publisher');
    expect(catchRejection(body, as(undefined))).toBe('unexpected_publisher');
  });

  test('the first publisher in an own retry is trusted', () => {
    expect(decode(createDelivery(body, as('inventory', retry))).id).toBe(placed.id);
    expect(catchRejection(body, as('inventory', { ...retry, 'x-origin-user': 'payment' }))).toBe(
      'unexpected_publisher',
    );
    expect(catchRejection(body, as('inventory', { 'x-attempt': 2 }))).toBe('unexpected_publisher');
  });

  test('the same headers of another user are ignored', () => {
    expect(catchRejection(body, as('payment', retry))).toBe('unexpected_publisher');
    expect(catchRejection(body, as(undefined, retry))).toBe('unexpected_publisher');
  });

  test('with one shared broker user every producer is accepted', () => {
    const users = { order: 'guest', inventory: 'guest', payment: 'guest' };
    expect(createDecoder(inventoryOrderProcessing, users)(createDelivery(body, as('guest'))).id).toBe(
      placed.id,
    );
  });
});

test.each([
  ['gzip', gzipSync('{}')],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0])],
])('a body compressed with %s is named as such', (_name, body) => {
  expect(() => createEventParser(inventoryOrderProcessing)(body)).toThrow('the body is compressed');
});
