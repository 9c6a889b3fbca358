import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openShop } from './open-shop.js';

const opened = openShop();
const { shop, query } = opened;
const sku = await shop.createProduct({ stock: 100 });
const [alice, bob] = [shop.as(`alice-${randomUUID()}`), shop.as(`bob-${randomUUID()}`)];
const support = shop.as('staff', ['support']);

test("another customer's order is the same 404 as an unknown one", async () => {
  const { id } = await alice.place(createOrderRequest(sku));
  await alice.waitUntilEnded(id);
  // `instance` repeats the correlation id, so both requests have the same one and the whole bodies compare.
  const headers = { 'x-correlation-id': 'same-for-both' };
  for (const [method, suffix] of [
    ['GET', ''],
    ['HEAD', ''],
    ['GET', '/events'],
    ['POST', '/cancel'],
  ] as const) {
    const [foreign, unknown] = await Promise.all(
      [id, randomUUID()].map((each) => bob.request('order', method, `/orders/${each}${suffix}`, { headers })),
    );
    expect(foreign).toMatchObject({ status: 404, text: unknown?.text });
  }
  expect(await alice.order(id)).toMatchObject({ status: 'completed' });
});

test('a customer lists its own orders only', async () => {
  const { id } = await alice.place(createOrderRequest(sku));
  await bob.place(createOrderRequest(sku));
  const customers = async (query = ''): Promise<Set<string>> =>
    new Set((await alice.orders(query)).items.map(({ customerId }) => customerId));
  expect((await customers()).size).toBe(1);
  expect((await customers('?status=pending&limit=200')).size).toBeLessThan(2);
  await alice.waitUntilEnded(id);
  expect(await customers('?status=completed')).toEqual(await customers());
  const after = (await bob.orders()).items[0]!.id;
  expect((await alice.orders(`?after=${after}`)).items.every((order) => order.id < after)).toBe(true);
  expect(
    new Set((await support.orders('?limit=200')).items.map(({ customerId }) => customerId)).size,
  ).toBeGreaterThan(1);
});

test('support sees and cancels every order, and the operator log has it', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const { id } = await alice.place(createOrderRequest(sku));
  expect(await support.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
  await support.cancel(id);
  expect(await support.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', reason: 'customer_request' });
  const select = 'SELECT action, operator FROM operator_log WHERE subject = $1';
  expect(await query('order', select, [id])).toEqual([{ action: 'cancel order', operator: 'staff' }]);
  expect((await alice.request('payment', 'GET', `/payments/${id}`)).status).toBe(403);
  expect(await support.payment(id)).toMatchObject({ status: 'refunded' });
});

test("a customer's cancellation is not in the operator log", async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const { id } = await alice.place(createOrderRequest(sku));
  await alice.cancel(id);
  await alice.waitUntilEnded(id);
  expect(await query('order', 'SELECT FROM operator_log WHERE subject = $1', [id])).toEqual([]);
});

test('a completed order can be cancelled within the window, later by support only', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const { id } = await alice.place(createOrderRequest(sku));
  await alice.waitUntilEnded(id);
  const age = `UPDATE orders SET updated_at = now() - $2 * interval '1 hour' WHERE id = $1`;
  await query('order', age, [id, 169]);
  expect(await alice.request('order', 'POST', `/orders/${id}/cancel`)).toMatchObject({
    status: 409,
    body: { type: 'urn:problem-type:cancellation-window-over' },
  });
  expect(await alice.order(id)).toMatchObject({ status: 'completed' });
  await query('order', age, [id, 167]);
  await alice.cancel(id);
  const late = await alice.place(createOrderRequest(sku));
  await alice.waitUntilEnded(late.id);
  await query('order', age, [late.id, 10_000]);
  await support.cancel(late.id);
  for (const each of [id, late.id]) expect((await support.waitUntilEnded(each)).status).toBe('cancelled');
});

test('new prices and received goods are in the operator logs', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const buyer = shop.as('buyer', ['catalogue', 'stock']);
  await buyer.putProduct(sku, 2_000);
  await buyer.tryReceiveStock(sku, 3, 'ownership');
  await buyer.tryReceiveStock(sku, 3, 'ownership');
  const select = `SELECT action, reason FROM operator_log WHERE subject = $1 AND operator = 'buyer'`;
  expect(await query('order', select, [sku])).toEqual([
    { action: 'list product', reason: '1000 CNY → 2000 CNY' },
  ]);
  expect(await query('inventory', select, [sku])).toEqual([{ action: 'receive goods', reason: '3 units' }]);
});

auditAfterAll(opened);
