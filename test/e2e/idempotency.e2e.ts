import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';

import type { OrderSummary, OrderRequest } from '../../tools/client/api-types.js';
import type { ShopClient } from '../../tools/client/shop-client.js';
import { auditAfterAll, openShop } from './open-shop.js';

const opened = openShop();
const { shop } = opened;
const sku = await shop.createProduct({ stock: 1_000 });

/** A client of a customer without orders. */
function newCustomer(): ShopClient {
  return shop.as(`customer-${randomUUID()}`);
}

function orderRequest(quantity = 1): OrderRequest {
  return { lines: [{ sku, quantity }], paymentToken: 'tok_visa' };
}

async function listOrders(customer: ShopClient): Promise<readonly OrderSummary[]> {
  return (await customer.orders('?limit=200')).items;
}

test('a repeated request gets the same response and one order', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const first = await customer.tryPlace(orderRequest(), key);
  const second = await customer.tryPlace(orderRequest(), key);
  await customer.waitUntilEnded(first.body.id);
  const afterwards = await customer.tryPlace(orderRequest(), key);

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
  const { lines, paymentToken } = orderRequest();
  const first = await customer.tryPlace({ lines, paymentToken }, key);
  const second = await customer.tryPlace(JSON.stringify({ paymentToken, lines }, null, 2), key);
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
  const first = await customer.place(orderRequest(), key);
  expect(await customer.tryPlace({ ...orderRequest(), ...change }, key)).toMatchObject({
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
    Array.from({ length: 20 }, () => customer.tryPlace(orderRequest(), key)),
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
  expect((await customer.tryPlace(orderRequest(), key)).text).toBe(accepted[0]?.text);
});

test('a key may be any 255 visible ASCII characters', async () => {
  const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).join('');
  const key = randomUUID() + visible.repeat(3).slice(0, 255 - 36);
  const customer = newCustomer();
  const first = await customer.tryPlace(orderRequest(), key);
  expect(await customer.tryPlace(orderRequest(), key)).toMatchObject({
    status: 202,
    text: first.text,
  });
  expect(await customer.tryPlace(orderRequest(2), key)).toMatchObject({ status: 422 });
});

test('keys of two customers are two keys', async () => {
  const key = randomUUID();
  const [first, second] = [newCustomer(), newCustomer()];
  const { id } = await first.place(orderRequest(), key);
  // The same key and body reveal nothing of the other customer's order.
  expect((await second.place(orderRequest(), key)).id).not.toBe(id);
  expect((await second.tryPlace(orderRequest(2), key)).status).toBe(422);
  expect(await listOrders(first)).toMatchObject([{ id }]);
});

test.each([
  ['is malformed', '{'],
  ['has no lines', { lines: [], paymentToken: 'tok_visa' }],
  ['has an unknown SKU', { lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }], paymentToken: 'tok_visa' }],
])('an order rejected because it %s keeps its key unused', async (_label, body) => {
  const customer = newCustomer();
  const key = randomUUID();
  expect((await customer.tryPlace(body, key)).status).toBeGreaterThanOrEqual(400);
  const { id } = await customer.place(orderRequest(), key);
  expect(await listOrders(customer)).toMatchObject([{ id }]);
});

test('repeating the request of a cancelled order keeps it cancelled', async () => {
  const customer = newCustomer();
  const key = randomUUID();
  const first = await customer.tryPlace(orderRequest(), key);
  await customer.cancel(first.body.id);
  await customer.waitUntilEnded(first.body.id);
  expect((await customer.tryPlace(orderRequest(), key)).text).toBe(first.text);
  expect(await listOrders(customer)).toMatchObject([{ status: 'cancelled' }]);
});

auditAfterAll(opened);
