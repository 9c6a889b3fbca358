import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ApiResponse } from '../../tools/client/api-types.js';
import { type BadRequest, badOrders, CARD_NUMBER, validOrder, ordersWithCards, sku } from './bad-orders.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openShop } from './open-shop.js';
import { serviceNames } from '../../tools/client/api-types.js';

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly { pointer?: string; parameter?: string; header?: string; detail: string }[];
}

const opened = openShop();
const { shop, query } = opened;
const freshSku = await shop.createProduct({ stock: 10 });

/** What a request could store: every row of an own shop, the newest order of an external one. */
async function countRows(): Promise<unknown> {
  if (isExternal) return [await shop.orders('?limit=1'), await shop.stock(freshSku)];
  const counts = ['orders', 'order_lines', 'idempotency_keys', 'outbox', 'product_prices'];
  const columns = counts.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  return [await query('order', `SELECT ${columns.join(', ')}`), await shop.stock(freshSku)];
}

/** The response is problem details with the place of the fault, and contains no card number. */
function expectProblem(response: ApiResponse<Problem>, { status, type, location }: BadRequest): void {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.body).toMatchObject({
    type: `urn:problem-type:${type}`,
    title: expect.any(String) as string,
    status,
  });
  expect(response.status).toBe(status);
  const places = (response.body.errors ?? []).map(
    ({ pointer, parameter, header }) => pointer ?? parameter ?? header,
  );
  if (location !== undefined) expect(places).toContain(location);
  expect(response.text).not.toContain(CARD_NUMBER);
}

async function expectRejected(send: () => Promise<ApiResponse<Problem>>, bad: BadRequest): Promise<void> {
  const before = await countRows();
  expectProblem(await send(), bad);
  expect(await countRows()).toEqual(before);
}

function placeInvalid({ body, headers }: BadRequest): Promise<ApiResponse<Problem>> {
  const withKey = { 'idempotency-key': randomUUID(), ...headers };
  return shop.request('order', 'POST', '/orders', { body, headers: withKey });
}

test('the valid order that the bad ones vary is accepted', async () => {
  const { id } = await shop.place(validOrder);
  await shop.waitUntilEnded(id);
});

test.each(badOrders)('an order with %s is rejected and not stored', async (_label, bad) => {
  await expectRejected(() => placeInvalid(bad), bad);
});

test('an order without an idempotency key is rejected', async () => {
  const bad = { status: 400, type: 'idempotency-key-missing', at: 'Idempotency-Key' };
  await expectRejected(() => shop.request('order', 'POST', '/orders', { body: validOrder }), bad);
});

test('every fault of an order is reported', async () => {
  const response = await placeInvalid({
    body: { lines: [{ sku: 'tea', quantity: 0 }], price: 1 },
    status: 422,
    type: '',
  });
  const places = response.body.errors?.map(({ pointer }) => pointer);
  expect(places?.toSorted()).toEqual(['#/lines/0/quantity', '#/lines/0/sku', '#/paymentToken', '#/price']);
});

test.each(ordersWithCards)('an order with a card number %s is rejected', async (_label, bad) => {
  await expectRejected(() => placeInvalid(bad), bad);
});

const receipts: readonly [string, BadRequest][] = [
  ['quantity 0', { body: { quantity: 0 }, status: 422, type: 'invalid-body', location: '#/quantity' }],
  [
    'quantity 1,000,001',
    { body: { quantity: 1_000_001 }, status: 422, type: 'invalid-body', location: '#/quantity' },
  ],
  ['quantity 1.5', { body: { quantity: 1.5 }, status: 422, type: 'invalid-body', location: '#/quantity' }],
  ['quantity "1"', { body: { quantity: '1' }, status: 422, type: 'invalid-body', location: '#/quantity' }],
  ['no quantity', { body: {}, status: 422, type: 'invalid-body', location: '#/quantity' }],
  ['an unknown member', { body: { quantity: 1, sku }, status: 422, type: 'invalid-body', location: '#/sku' }],
  ['malformed JSON', { body: '{', status: 400, type: 'malformed-json', location: '#' }],
  ['no body', { status: 400, type: 'body-missing', location: '#' }],
  [
    'a card number',
    {
      body: { quantity: Number(CARD_NUMBER) },
      status: 422,
      type: 'card-number-rejected',
      location: '#/quantity',
    },
  ],
  [
    'an empty key',
    {
      body: { quantity: 1 },
      headers: { 'idempotency-key': '' },
      status: 400,
      type: 'idempotency-key-invalid',
      location: 'Idempotency-Key',
    },
  ],
];

test.each(receipts)('a goods receipt with %s is rejected', async (_label, bad) => {
  const headers = { 'idempotency-key': randomUUID(), ...bad.headers };
  await expectRejected(
    () => shop.request('inventory', 'POST', `/stock/${freshSku}/receipts`, { body: bad.body, headers }),
    bad,
  );
});

const name = { en: 'Tea', zh: '茶' };
const price = { amount: 1, currency: 'CNY' };
const products: readonly [string, BadRequest][] = [
  [
    'a negative price',
    {
      body: { name, price: { ...price, amount: -1 } },
      status: 422,
      type: 'invalid-body',
      location: '#/price/amount',
    },
  ],
  [
    'a fractional price',
    {
      body: { name, price: { ...price, amount: 0.5 } },
      status: 422,
      type: 'invalid-body',
      location: '#/price/amount',
    },
  ],
  [
    'a price without currency',
    { body: { name, price: { amount: 1 } }, status: 422, type: 'invalid-body', location: '#/price/currency' },
  ],
  [
    'a price version',
    { body: { name, price, priceVersion: 9 }, status: 422, type: 'invalid-body', location: '#/priceVersion' },
  ],
  [
    'a name with a line break',
    {
      body: { name: { ...name, en: 'a\nb' }, price },
      status: 422,
      type: 'invalid-body',
      location: '#/name/en',
    },
  ],
  [
    'a card number',
    {
      body: { name: { ...name, en: CARD_NUMBER }, price },
      status: 422,
      type: 'card-number-rejected',
      location: '#/name/en',
    },
  ],
];

test.each(products)('a product with %s is rejected, its price kept', async (_label, bad) => {
  await expectRejected(() => shop.request('order', 'PUT', `/products/${freshSku}`, { body: bad.body }), bad);
});

type Service = 'order' | 'inventory' | 'payment';
const invalid = { status: 400, type: 'invalid-parameters' };
const unknown = randomUUID();
const paths: readonly [Service, method: string, path: string, BadRequest][] = [
  ['order', 'GET', '/orders/1', { ...invalid, location: 'id' }],
  ['order', 'POST', '/orders/1/cancel', { ...invalid, location: 'id' }],
  ['order', 'GET', '/orders/1/events', { ...invalid, location: 'id' }],
  ['order', 'GET', '/orders/%00', { ...invalid, location: 'id' }],
  ['order', 'GET', '/orders/%zz', { status: 400, type: 'bad-request' }],
  ['order', 'GET', `/orders/${CARD_NUMBER}`, { status: 422, type: 'card-number-rejected', location: 'id' }],
  [
    'order',
    'GET',
    `/orders?after=${CARD_NUMBER}`,
    { status: 422, type: 'card-number-rejected', location: 'after' },
  ],
  ['order', 'GET', '/orders?after=x', { ...invalid, location: 'after' }],
  ['order', 'GET', '/orders?limit=0', { ...invalid, location: 'limit' }],
  ['order', 'GET', '/orders?limit=201', { ...invalid, location: 'limit' }],
  ['order', 'GET', '/orders?limit=1.5', { ...invalid, location: 'limit' }],
  ['order', 'GET', '/orders?limit=1&limit=2', { ...invalid, location: 'limit' }],
  ['order', 'GET', '/orders?status=lost', { ...invalid, location: 'status' }],
  ['order', 'GET', '/orders?statsu=pending', { ...invalid, location: 'statsu' }],
  ['order', 'GET', '/products?after=%20', { ...invalid, location: 'after' }],
  ['inventory', 'GET', '/stock/tea', { ...invalid, location: 'sku' }],
  ['inventory', 'GET', '/stock?limit=-1', { ...invalid, location: 'limit' }],
  ['payment', 'GET', '/payments/1', { ...invalid, location: 'orderId' }],
  ['order', 'GET', `/orders/${unknown}`, { status: 404, type: 'order-not-found' }],
  ['order', 'POST', `/orders/${unknown}/cancel`, { status: 404, type: 'order-not-found' }],
  ['order', 'GET', `/orders/${unknown}/events`, { status: 404, type: 'order-not-found' }],
  ['inventory', 'GET', '/stock/NO-SUCH-SKU', { status: 404, type: 'unknown-sku' }],
  ['payment', 'GET', `/payments/${unknown}`, { status: 404, type: 'payment-not-found' }],
  ['order', 'DELETE', '/orders', { status: 405, type: 'method-not-allowed' }],
  ['order', 'GET', '/nothing', { status: 404, type: 'not-found' }],
];

test.each(paths)('%s: %s %s is rejected', async (service, method, path, bad) => {
  await expectRejected(() => shop.request(service, method, path), bad);
});

test('an order id is case-insensitive', async () => {
  const { id } = await shop.place(validOrder);
  const capitals = id.toUpperCase();
  await shop.waitUntilEnded(capitals);
  expect(await shop.order(capitals)).toEqual(await shop.order(id));
  expect((await shop.payment(capitals)).orderId).toBe(id);
  await shop.cancel(capitals);
  expect(await shop.waitUntilEnded(capitals)).toMatchObject({ id, status: 'cancelled' });
});

test('no log has a card number or payment token', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const logs = await opened.logs();
  expect(logs).toContain('"status":422');
  expect(logs.replace(/[ -]/g, '')).not.toContain(CARD_NUMBER);
  expect(logs).not.toMatch(/tok_\w/);
  for (const service of serviceNames) {
    const tables = await query<{ name: string }>(
      service,
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(4);
    for (const { name } of tables) {
      const rows = await query<{ row: string }>(service, `SELECT t::text AS row FROM ${name} AS t`);
      expect(rows.filter(({ row }) => row.replace(/[ -]/g, '').includes(CARD_NUMBER))).toEqual([]);
    }
  }
});

auditAfterAll(opened);
