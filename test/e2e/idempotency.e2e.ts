import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';

import type { OrderSummary, OrderRequest } from '../../tools/client/api-types.js';
import { auditAfterAll, openShop } from './open-shop.js';

const opened = openShop();
const { shop } = opened;
const sku = await shop.createProduct({ stock: 1_000 });

/** A customer without orders, so a test can count theirs. */
function newCustomer(): string {
  return `customer-${randomUUID()}`;
}

function customerOrderRequest(customerId: string, quantity = 1): Required<OrderRequest> {
  return { customerId, lines: [{ sku, quantity }], paymentToken: 'tok_visa' };
}

async function listOrders(customerId: string): Promise<OrderSummary[]> {
  return (await shop.orders('?limit=200')).items.filter((order) => order.customerId === customerId);
}

test('a repeated request gets the same response and one order', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const first = await shop.tryPlace(customerOrderRequest(customer), key);
  const second = await shop.tryPlace(customerOrderRequest(customer), key);
  await shop.waitUntilEnded(first.body.id);
  const afterwards = await shop.tryPlace(customerOrderRequest(customer), key);

  expect(first.status).toBe(202);
  expect(first.headers.get('location')).toBe(`/orders/${first.body.id}`);
  for (const again of [second, afterwards]) {
    expect(again.status).toBe(202);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  }
  expect(await listOrders(customer)).toHaveLength(1);
});

test('white space and member order do not change a body', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const { lines, paymentToken } = customerOrderRequest(customer);
  const first = await shop.tryPlace({ customerId: customer, lines, paymentToken }, key);
  const second = await shop.tryPlace(
    JSON.stringify({ paymentToken, lines, customerId: customer }, null, 2),
    key,
  );
  expect(second).toMatchObject({ status: 202, text: first.text });
});

test.each([
  ['another quantity', { lines: [{ sku, quantity: 2 }] }],
  [
    'another line',
    {
      lines: [
        { sku, quantity: 1 },
        { sku, quantity: 1 },
      ],
    },
  ],
  ['another token', { paymentToken: 'tok_other' }],
  ['a SKU there is not', { lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }] }],
])('the same key with %s is refused and makes no order', async (_what, change) => {
  const customer = newCustomer();
  const key = randomUUID();
  const first = await shop.place(customerOrderRequest(customer), key);
  expect(await shop.tryPlace({ ...customerOrderRequest(customer), ...change }, key)).toMatchObject({
    status: 422,
    body: {
      type: 'urn:problem-type:idempotency-key-reused',
      errors: [{ header: 'Idempotency-Key', detail: expect.any(String) as string }],
    },
  });
  expect(await listOrders(customer)).toMatchObject([{ id: first.id }]);
});

test('twenty concurrent requests with one key place one order', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => shop.tryPlace(customerOrderRequest(customer), key)),
  );
  const accepted = responses.filter(({ status }) => status === 202);
  const inFlight = responses.filter(({ status }) => status === 409);

  expect(accepted.length).toBeGreaterThan(0);
  expect(accepted.length + inFlight.length).toBe(20);
  expect(new Set(accepted.map(({ text }) => text)).size).toBe(1);
  for (const { body, headers } of inFlight) {
    expect(body).toMatchObject({ type: 'urn:problem-type:idempotency-key-in-flight' });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
  }
  expect(await listOrders(customer)).toMatchObject([{ id: accepted[0]?.body.id }]);
  expect((await shop.tryPlace(customerOrderRequest(customer), key)).text).toBe(accepted[0]?.text);
});

test('a key may be any 255 visible ASCII characters', async () => {
  const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).join('');
  const key = randomUUID() + visible.repeat(3).slice(0, 255 - 36);
  const customer = newCustomer();
  const first = await shop.tryPlace(customerOrderRequest(customer), key);
  expect(await shop.tryPlace(customerOrderRequest(customer), key)).toMatchObject({
    status: 202,
    text: first.text,
  });
  expect(await shop.tryPlace(customerOrderRequest(customer, 2), key)).toMatchObject({ status: 422 });
});

test('keys of two customers are two keys', async () => {
  const key = randomUUID();
  const first = await shop.place(customerOrderRequest(newCustomer()), key);
  const second = await shop.place(customerOrderRequest(newCustomer(), 2), key);
  expect(second.id).not.toBe(first.id);
});

test.each([
  ['is malformed', '{'],
  ['has no lines', { lines: [], paymentToken: 'tok_visa' }],
  ['has an unknown SKU', { lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }], paymentToken: 'tok_visa' }],
])('an order rejected because it %s keeps its key unused', async (_label, body) => {
  const customer = newCustomer();
  const key = randomUUID();
  const refused = typeof body === 'string' ? body : { customerId: customer, ...body };
  expect((await shop.tryPlace(refused, key)).status).toBeGreaterThanOrEqual(400);
  const { id } = await shop.place(customerOrderRequest(customer), key);
  expect(await listOrders(customer)).toMatchObject([{ id }]);
});

test('repeating the request of a cancelled order keeps it cancelled', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const first = await shop.tryPlace(customerOrderRequest(customer), key);
  await shop.cancel(first.body.id);
  await shop.waitUntilEnded(first.body.id);
  expect((await shop.tryPlace(customerOrderRequest(customer), key)).text).toBe(first.text);
  expect(await listOrders(customer)).toMatchObject([{ status: 'cancelled' }]);
});

auditAfterAll(opened);
