import fc from 'fast-check';
import { expect, test } from 'vitest';

import { encodeEnvelope, type EnvelopeFields } from './envelope.js';

// Characters that JSON escapes, JSON syntax, and lone surrogates, which UTF-8 cannot encode.
const odd = [...Array.from('"\\/\0\n\x1f\x7f\u2028订𠮷'), '","id":"', '\ud800', '\udc00'];
const text = fc.string({ unit: fc.constantFrom('a', ...odd), minLength: 1, maxLength: 20 });
const optional = fc.option(text, { nil: null });

const fields: fc.Arbitrary<EnvelopeFields> = fc.record({
  id: fc.uuid(),
  type: fc.constant('order.placed.v1'),
  producer: fc.constant('order'),
  subject: text,
  sequence: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  occurredAt: fc.constant(new Date('2026-11-21T10:00:00.123Z')),
  correlationId: text,
  causationId: optional,
  traceparent: optional,
  tracestate: optional,
  data: fc.jsonValue().map((value) => JSON.stringify(value)),
});

test('an envelope equals its object as JSON, for any strings', () => {
  fc.assert(
    fc.property(fields, (event) => {
      const { id, subject, sequence, correlationId, causationId, traceparent, tracestate } = event;
      const object = {
        specversion: '1.0',
        id,
        source: '/order',
        type: 'order.placed.v1',
        subject,
        time: '2026-11-21T10:00:00.123Z',
        datacontenttype: 'application/json',
        partitionkey: subject,
        sequence: String(sequence).padStart(10, '0'),
        correlationid: correlationId,
        causationid: causationId ?? undefined,
        traceparent: traceparent ?? undefined,
        tracestate: tracestate ?? undefined,
        data: JSON.parse(event.data) as unknown,
      };
      const written = JSON.parse(encodeEnvelope(event).toString()) as unknown;
      expect(written).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});
