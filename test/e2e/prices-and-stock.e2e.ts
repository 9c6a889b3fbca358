import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';

import { type Page, type Product, createOrderRequest } from '../../tools/client/api-types.js';
import { auditAfterAll, openShop } from './open-shop.js';

const opened = openShop();
const { shop } = opened;

async function findProduct(wanted: string): Promise<Product | undefined> {
  const response = await shop.request<Page<Product>>('order', 'GET', '/products?limit=200');
  return response.body.items.find(({ sku }) => sku === wanted);
}

test('an order keeps the price it was placed at', async () => {
  const sku = await shop.createProduct({ stock: 100, amount: 1_000 });
  const before = await shop.place(createOrderRequest(sku, 2));
  expect(await shop.putProduct(sku, 1_250)).toMatchObject({ priceVersion: 2 });
  const after = await shop.place(createOrderRequest(sku, 2));
  expect([before.body.total.amount, after.body.total.amount]).toEqual([2_000, 2_500]);

  const [first, second] = [await shop.waitUntilEnded(before.id), await shop.waitUntilEnded(after.id)];
  expect(first.lines).toEqual([{ sku, quantity: 2, unitPrice: 1_000, priceVersion: 1 }]);
  expect(second.lines).toEqual([{ sku, quantity: 2, unitPrice: 1_250, priceVersion: 2 }]);
  const captured = await Promise.all([first, second].map(({ id }) => shop.ledger(id)));
  expect(captured.map((entries) => entries.at(-1)?.amount)).toEqual([2_000, 2_500]);
});

test('only a changed price makes a new version', async () => {
  const sku = await shop.createProduct({ stock: 0, amount: 1_000 });
  expect(await shop.putProduct(sku, 1_000)).toMatchObject({ priceVersion: 1 });
  await shop.putProduct(sku, 900);
  expect(await shop.putProduct(sku, 1_000)).toMatchObject({ priceVersion: 3 });
  expect(await findProduct(sku)).toMatchObject({ price: { amount: 1_000 }, priceVersion: 3 });
});

test('concurrent prices get distinct versions', async () => {
  const sku = await shop.createProduct({ stock: 0, amount: 1_000 });
  const put = await Promise.all(
    Array.from({ length: 10 }, (_, index) => shop.putProduct(sku, 2_000 + index)),
  );
  expect(put.map(({ priceVersion }) => priceVersion).toSorted((a, b) => a - b)).toEqual([
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
  expect(await findProduct(sku)).toEqual(put.find(({ priceVersion }) => priceVersion === 11));
});

test('mixed currencies and totals out of range are rejected', async () => {
  const yuan = await shop.createProduct({ stock: 0 });
  const euro = await shop.createProduct({ stock: 0 });
  const body = { name: { en: 'Euro', zh: '欧元' }, price: { amount: 1_000, currency: 'EUR' } };
  await shop.request('order', 'PUT', `/products/${euro}`, { body });
  const lines = [yuan, euro].map((sku) => ({ sku, quantity: 1 }));
  expect(await shop.tryPlace({ lines, paymentToken: 'tok_visa' })).toMatchObject({
    status: 422,
    body: { type: 'urn:problem-type:mixed-currencies', errors: [{ pointer: '#/lines/1/sku' }] },
  });

  for (const amount of [0, 999_999_999_999]) {
    await shop.putProduct(yuan, amount);
    expect(await shop.tryPlace(createOrderRequest(yuan, 2))).toMatchObject({
      status: 422,
      body: { type: 'urn:problem-type:total-out-of-range', errors: [{ pointer: '#/lines' }] },
    });
  }
});

test('the largest accepted total can be paid', async () => {
  const sku = await shop.createProduct({ stock: 1, amount: 999_999_999_999 });
  const { id } = await shop.place(createOrderRequest(sku, 1));
  expect(await shop.waitUntilEnded(id)).toMatchObject({
    status: 'completed',
    total: { amount: 999_999_999_999 },
  });
});

test('a goods receipt is added once per key', async () => {
  const sku = await shop.createProduct({ stock: 0 });
  const other = await shop.createProduct({ stock: 0 });
  const key = randomUUID();
  const responses = await Promise.all(Array.from({ length: 10 }, () => shop.tryReceiveStock(sku, 5, key)));
  expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(await shop.stock(sku)).toEqual({ sku, received: 5, available: 5, held: 0, deducted: 0 });

  expect(await shop.tryReceiveStock(sku, 6, key)).toMatchObject({
    status: 422,
    body: { type: 'urn:problem-type:idempotency-key-reused', errors: [{ header: 'Idempotency-Key' }] },
  });
  expect((await shop.tryReceiveStock(other, 6, key)).status).toBe(200);
  expect(await shop.stock(sku)).toMatchObject({ received: 5 });
});

test('concurrent orders sell exactly the available units', async () => {
  const sku = await shop.createProduct({ stock: 10 });
  const placed = await Promise.all(Array.from({ length: 40 }, () => shop.place(createOrderRequest(sku, 1))));
  const ended = await Promise.all(placed.map(({ id }) => shop.waitUntilEnded(id)));
  expect(ended.filter(({ status }) => status === 'completed')).toHaveLength(10);
  expect(ended.filter(({ reason }) => reason === 'out_of_stock')).toHaveLength(30);
  expect(await shop.stock(sku)).toMatchObject({ received: 10, available: 0, held: 0, deducted: 10 });
});

auditAfterAll(opened);
