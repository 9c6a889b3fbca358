import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toSnapshot } from './contract-snapshot.js';
import { defineEvent, type EventContract } from '../event-contract.js';
import { findIncompatibilities } from './find-incompatibilities.js';

const line = z.object({ sku: z.string().regex(/^[A-Z]+$/), quantity: z.int().min(1).max(100) });
const data = z.object({
  orderId: z.uuid(),
  carrier: z.enum(['sf_express', 'ems']),
  lines: z.array(line).min(1).max(50),
  weight: z.number().min(0).max(30),
  parcels: z.int().min(1).max(9),
  depot: z.string().regex(/^[A-Z]{3}$/),
  note: z.string().max(200).optional(),
});

function shipped(changed: z.ZodType = data, rest: Partial<EventContract> = {}): EventContract {
  const contract = defineEvent({
    name: 'order.shipped',
    version: 1,
    producer: 'order',
    subject: 'order',
    description: 'The goods are on their way.',
    data: changed,
    example: {},
  });
  return { ...contract, ...rest };
}

function found(current: EventContract | undefined): string[] {
  return findIncompatibilities([toSnapshot(shipped())], current ? [toSnapshot(current)] : []);
}

const remedy = 'Leave order.shipped.v1 as it was released, and add order.shipped.v2.';
const refusesOld = 'messages already in queues and dead letters would be rejected';
const refusedByOld = 'consumers on the released version would reject new messages';
const missedByOld = 'consumers on the released version may need it';
const unclear = 'old and new consumers may disagree on validity or meaning';

describe('an incompatible change is reported', () => {
  test.each<[string, z.ZodType, string, string]>([
    [
      'a removed property',
      data.omit({ orderId: true }),
      '/data/properties/orderId: the property was removed',
      missedByOld,
    ],
    [
      'a removed optional property',
      data.omit({ note: true }),
      '/data/properties/note: the property was removed',
      missedByOld,
    ],
    [
      'a new required property',
      data.extend({ phone: z.string() }),
      '/data/required: "phone" became required',
      refusesOld,
    ],
    [
      'an optional property made required',
      data.required({ note: true }),
      '/data/required: "note" became required',
      refusesOld,
    ],
    [
      'a required property made optional',
      data.partial({ weight: true }),
      '/data/required: "weight" became optional',
      refusedByOld,
    ],
    [
      'a removed enum value',
      data.extend({ carrier: z.enum(['ems']) }),
      '/data/properties/carrier/enum: the value "sf_express" was removed',
      refusesOld,
    ],
    [
      'an added enum value',
      data.extend({ carrier: z.enum(['sf_express', 'ems', 'yto']) }),
      '/data/properties/carrier/enum: the value "yto" was added',
      refusedByOld,
    ],
    [
      'an enum replaced by a string',
      data.extend({ carrier: z.string() }),
      '/data/properties/carrier/enum: ["sf_express","ems"] became absent',
      refusedByOld,
    ],
    [
      'a string replaced by an enum',
      data.extend({ note: z.enum(['fragile']).optional() }),
      '/data/properties/note/enum: absent became ["fragile"]',
      refusesOld,
    ],
    [
      'a narrowed type',
      data.extend({ weight: z.int().min(0).max(30) }),
      '/data/properties/weight/type: "number" became "integer"',
      refusesOld,
    ],
    [
      'a widened type',
      data.extend({ parcels: z.number().min(1).max(9) }),
      '/data/properties/parcels/type: "integer" became "number"',
      refusedByOld,
    ],
    [
      'a removed pattern',
      data.extend({ depot: z.string() }),
      '/data/properties/depot/pattern: "^[A-Z]{3}$" became absent',
      refusedByOld,
    ],
    [
      'another type',
      data.extend({ weight: z.boolean() }),
      '/data/properties/weight/type: "number" became "boolean"',
      unclear,
    ],
    [
      'a higher minimum',
      data.extend({ weight: z.number().min(1).max(30) }),
      '/data/properties/weight/minimum: 0 became 1',
      refusesOld,
    ],
    [
      'a lower minimum',
      data.extend({ weight: z.number().min(-1).max(30) }),
      '/data/properties/weight/minimum: 0 became -1',
      refusedByOld,
    ],
    [
      'a lower maximum',
      data.extend({ weight: z.number().min(0).max(20) }),
      '/data/properties/weight/maximum: 30 became 20',
      refusesOld,
    ],
    [
      'a higher maximum',
      data.extend({ weight: z.number().min(0).max(40) }),
      '/data/properties/weight/maximum: 30 became 40',
      refusedByOld,
    ],
    [
      'a shorter string',
      data.extend({ note: z.string().max(20).optional() }),
      '/data/properties/note/maxLength: 200 became 20',
      refusesOld,
    ],
    [
      'a removed bound',
      data.extend({ note: z.string().optional() }),
      '/data/properties/note/maxLength: 200 became absent',
      refusedByOld,
    ],
    [
      'an added bound',
      data.extend({ note: z.string().min(1).max(200).optional() }),
      '/data/properties/note/minLength: absent became 1',
      refusesOld,
    ],
    [
      'fewer items',
      data.extend({ lines: z.array(line).min(1).max(10) }),
      '/data/properties/lines/maxItems: 50 became 10',
      refusesOld,
    ],
    [
      'an empty list allowed',
      data.extend({ lines: z.array(line).max(50) }),
      '/data/properties/lines/minItems: 1 became absent',
      refusedByOld,
    ],
    [
      'another pattern in a nested schema',
      data.extend({
        lines: z
          .array(line.extend({ sku: z.string().regex(/^[A-Z0-9]+$/) }))
          .min(1)
          .max(50),
      }),
      '/data/properties/lines/items/properties/sku/pattern: "^[A-Z]+$" became "^[A-Z0-9]+$"',
      unclear,
    ],
    [
      'a removed property in a nested schema',
      data.extend({
        lines: z
          .array(line.omit({ quantity: true }))
          .min(1)
          .max(50),
      }),
      '/data/properties/lines/items/properties/quantity: the property was removed',
      missedByOld,
    ],
    [
      'null allowed',
      data.extend({ note: z.string().max(200).nullable().optional() }),
      '/data/properties/note/anyOf: absent became [{"type":"string","maxLength":200},{"type":"null"}]',
      refusesOld,
    ],
    [
      'unknown members rejected',
      z.strictObject(data.shape),
      '/data/additionalProperties: absent became false',
      refusesOld,
    ],
    [
      'a default',
      data.extend({ note: z.string().max(200).default('-') }),
      '/data/properties/note/default: absent became "-"',
      unclear,
    ],
  ])('%s', (_, changed, finding, impact) => {
    expect(found(shipped(changed))).toContain(`order.shipped.v1 ${finding}; ${impact}. ${remedy}`);
  });

  test('a removed property that was required, once', () => {
    expect(found(shipped(data.omit({ orderId: true })))).toHaveLength(1);
  });

  test('a renamed enum value, as one removed and one added', () => {
    expect(found(shipped(data.extend({ carrier: z.enum(['sf', 'ems']) })))).toEqual([
      `order.shipped.v1 /data/properties/carrier/enum: the value "sf_express" was removed; ${refusesOld}. ${remedy}`,
      `order.shipped.v1 /data/properties/carrier/enum: the value "sf" was added; ${refusedByOld}. ${remedy}`,
    ]);
  });

  test('another producer', () => {
    expect(found(shipped(data, { producer: 'inventory' }))).toEqual([
      `order.shipped.v1 /producer: order became inventory; consumers are bound to the released producer's exchange, and reject the event from another producer. ${remedy}`,
    ]);
  });

  test('another subject', () => {
    expect(found(shipped(data, { subject: 'product' }))).toEqual([
      `order.shipped.v1 /subject: order became product; order is kept only among events of one subject. ${remedy}`,
    ]);
  });

  test('a removed event', () => {
    expect(found(undefined)).toEqual([
      'order.shipped.v1: the event was removed; its messages may still be in queues and dead letters. Restore it, or delete its snapshot as well once no message can remain.',
    ]);
  });

  test('a renamed event, as one removed', () => {
    expect(found(shipped(data, { type: 'order.sent.v1', name: 'order.sent' }))).toHaveLength(1);
  });
});

describe('no change is reported for', () => {
  test.each<[string, EventContract]>([
    ['the same contract', shipped()],
    ['a new optional property', shipped(data.extend({ trackingNumber: z.string().max(40).optional() }))],
    [
      'a new optional property with required members',
      shipped(data.extend({ box: z.object({ sizeMm: z.int() }).optional() })),
    ],
    [
      'a new optional property in a nested schema',
      shipped(
        data.extend({
          lines: z
            .array(line.extend({ lot: z.string().optional() }))
            .min(1)
            .max(50),
        }),
      ),
    ],
    [
      'another description',
      shipped(data.extend({ weight: data.shape.weight.describe('In kilograms.') }), { description: 'Gone.' }),
    ],
    [
      'another order of properties and enum values',
      shipped(
        z.object({
          ...Object.fromEntries(Object.entries(data.shape).toReversed()),
          carrier: z.enum(['ems', 'sf_express']),
        }),
      ),
    ],
  ])('%s', (_, current) => expect(found(current)).toEqual([]));

  test('a new event, or a new version beside the old', () => {
    const next = shipped(data.omit({ note: true }), { type: 'order.shipped.v2', version: 2 });
    expect(findIncompatibilities([toSnapshot(shipped())], [shipped(), next].map(toSnapshot))).toEqual([]);
  });
});
