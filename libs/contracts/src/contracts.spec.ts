import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { toJsonSchema, type EventContract, type JsonSchema } from './event-contract.js';
import { latestContract, eventContracts } from './event-contracts.js';
import { orderPlaced } from './events/order-placed.js';
import { checkAgainstReleased } from './compatibility/check-against-released.js';
import { subscriptions } from './subscriptions.js';
import { customerId, gatewayReason, paymentToken, sku } from './values.js';

const contracts: readonly EventContract[] = Object.values(eventContracts);
const eventsFolder = path.join(import.meta.dirname, 'events');
const eventFiles = await readdir(eventsFolder);

describe.each(contracts.map((contract) => [contract.type, contract] as const))('%s', (type, contract) => {
  test('has an example that its schema accepts unchanged', () => {
    const received: unknown = JSON.parse(JSON.stringify(contract.example));
    expect(contract.data.parse(received)).toEqual(contract.example);
  });

  test('drops unknown members', () => {
    const newer = { ...(contract.example as object), addedLater: true };
    expect(contract.data.parse(newer)).toEqual(contract.example);
  });

  test('is registered by its type, and latest by its name', () => {
    expect(type).toBe(`${contract.name}.v${contract.version}`);
    expect(latestContract(contract.name as 'order.placed')).toBe(contract);
  });

  test('has a description of one sentence', () => {
    expect(contract.description).toMatch(/^[A-Z].+\.$/);
  });

  test('bounds every value of its data', () => {
    expect(unbounded(toJsonSchema(contract), '')).toEqual([]);
  });
});

describe('the registry', () => {
  test('contains the contract of every file, named after it', async () => {
    const byFile = await Promise.all(
      eventFiles.map(async (file) => {
        const exported: object = (await import(path.join(eventsFolder, file))) as object;
        return { file, contracts: Object.values(exported) as EventContract[] };
      }),
    );
    for (const { file, contracts } of byFile) {
      expect(contracts.map(contractFile), 'one contract per file').toEqual([file]);
    }
    expect(byFile.flatMap((one) => one.contracts.map(({ type }) => type)).sort()).toEqual(
      Object.keys(eventContracts).sort(),
    );
  });

  test('has no inherited members', () => {
    expect('constructor' in eventContracts).toBe(false);
    expect('__proto__' in eventContracts).toBe(false);
  });

  test('has a consumer, in another service, unless an announcement', () => {
    for (const { service, events } of subscriptions) {
      expect(events.map(({ producer }) => producer)).not.toContain(service);
    }
    const subscribed = new Set(subscriptions.flatMap(({ events }) => events.map(({ type }) => type)));
    expect(contracts.filter(({ type }) => !subscribed.has(type))).toEqual(
      contracts.filter(({ isAnnouncement }) => isAnnouncement),
    );
  });
});

describe('the snapshots', () => {
  test('record every contract, without an incompatible change', async () => {
    const report = await checkAgainstReleased(
      path.join(import.meta.dirname, '../released'),
      contracts,
      false,
    );
    expect(report.lines).toEqual([`All ${contracts.length} events equal their released snapshots.`]);
  });
});

describe('a value', () => {
  test.each(['A', 'TEA-LONGJING-100G', '7'.repeat(40)])('%s is a SKU', (text) => {
    expect(sku.safeParse(text).success).toBe(true);
  });

  test.each(['', '-A', 'tea', 'A_B', 'A B', 'A\n', '茶', 'A'.repeat(41)])('%j is no SKU', (text) => {
    expect(sku.safeParse(text).success).toBe(false);
  });

  test.each(['', 'a\u0000b', 'a\nb', '\ud83c', 'a'.repeat(201)])('%j is no text', (text) => {
    expect(customerId.safeParse(text).success).toBe(false);
    expect(gatewayReason.safeParse(text).success).toBe(false);
  });

  test('may be any storable text', () => {
    expect(customerId.parse('林晓雨 🍵')).toBe('林晓雨 🍵');
  });

  test.each(['4111111111111111', 'tok_', 'tok_a-b', 'TOK_visa'])('%s is no payment token', (text) => {
    expect(paymentToken.safeParse(text).success).toBe(false);
  });

  test.each([-1, 0.5, 1e12, Number.NaN, '100'])('%s is no amount', (amount) => {
    const total = { ...orderPlaced.example.total, amount };
    expect(orderPlaced.data.safeParse({ ...orderPlaced.example, total }).success).toBe(false);
  });
});

test("the example order's total is the sum of its lines", () => {
  const { lines, total } = orderPlaced.example;
  expect(lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0)).toBe(total.amount);
});

/** `payment.capture_failed`, version 1 → `payment-capture-failed.ts`; later versions end in `-v2.ts` and so on. */
function contractFile({ name, version }: EventContract): string {
  return `${name.replaceAll(/[._]/g, '-')}${version === 1 ? '' : `-v${version}`}.ts`;
}

/** The pointers of all strings, numbers and arrays without a bound. */
function unbounded(schema: JsonSchema, pointer: string): string[] {
  const { type, properties, items, enum: values, pattern = '+' } = schema;
  const bounded =
    type === 'object' ||
    values !== undefined ||
    (type === 'string' && (schema.maxLength !== undefined || !/[*+]/.test(String(pattern)))) ||
    (type === 'array' && schema.maxItems !== undefined) ||
    (type === 'integer' && schema.minimum !== undefined && schema.maximum !== undefined);
  const inner = { ...(properties as object), ...(items ? { items } : {}) };
  return [
    ...(bounded ? [] : [pointer]),
    ...Object.entries(inner).flatMap(([name, one]) => unbounded(one as JsonSchema, `${pointer}/${name}`)),
  ];
}
