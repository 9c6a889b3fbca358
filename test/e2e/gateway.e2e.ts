import { afterEach, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openOwnShop } from './open-shop.js';

// Short, so that a request without a response is soon sent again.
const opened = await openOwnShop({ payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '1000' } });
const { shop } = opened;
const sku = await shop.createProduct({ stock: 1_000, amount: 2_500 });
const orderRequest = createOrderRequest(sku, 2);

afterEach(() => shop.setGatewayModes({}));

test.each(['authorize', 'capture'] as const)(
  'an %s without a response is sent again and done once',
  async (operation) => {
    await shop.setGatewayModes({ [operation]: { behaviour: 'timeout_after_charge', times: 1 } });
    const { id } = await shop.place(orderRequest);
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });

    const entries = await shop.ledger(id);
    expect(entries).toMatchObject([
      { operation: 'authorize', status: 'approved', amount: 5_000 },
      { operation: 'capture', status: 'approved', amount: 5_000 },
    ]);
    const retried = entries.find((entry) => entry.operation === operation);
    expect(retried?.requests).toBeGreaterThanOrEqual(2);
  },
);

test.each(['authorize', 'capture'] as const)(
  'an order completes after two gateway failures of %s',
  async (operation) => {
    await shop.setGatewayModes({ [operation]: { behaviour: 'fail', times: 2 } });
    const { id } = await shop.place(orderRequest);
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });

    const entries = await shop.ledger(id);
    expect(entries).toHaveLength(2);
    expect(entries.find((entry) => entry.operation === operation)?.requests).toBe(3);
  },
);

test('duplicate gateway responses move no money twice', async () => {
  const twice = { behaviour: 'respond_twice' } as const;
  await shop.setGatewayModes({ authorize: twice, capture: twice, void: twice, refund: twice });
  const placed = await Promise.all(Array.from({ length: 10 }, () => shop.place(orderRequest)));
  for (const { id } of placed) {
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    const [authorization, capture, ...further] = await shop.ledger(id);
    expect(further).toEqual([]);
    expect(await shop.payment(id)).toMatchObject({
      authorizationId: authorization?.id,
      captureId: capture?.id,
    });
  }
});

test('a declined authorization cancels the order', async () => {
  await shop.setGatewayModes({ authorize: { behaviour: 'decline' } });
  const { id } = await shop.place(orderRequest);
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', reason: 'payment_declined' });
});

test('a refused void still leaves no charge', async () => {
  await shop.setGatewayModes({ void: { behaviour: 'decline' } });
  const { id } = await shop.place({
    lines: [
      { sku, quantity: 1_000 },
      { sku, quantity: 1 },
    ],
    paymentToken: 'tok_visa',
  });
  expect(await shop.waitUntilEnded(id)).toMatchObject({
    status: 'cancelled',
    reason: 'out_of_stock',
    payment: 'voided',
  });
  expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'void']);
});

test('an order with the longest payment token completes', async () => {
  const { id } = await shop.place({ ...orderRequest, paymentToken: `tok_${'x'.repeat(96)}` });
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
});

test('an authorization after the deadline is voided', async ({ skip }) => {
  skip(isExternal, NEEDS_OWN_SHOP);
  const { order, payment } = opened.platform.processes;
  await Promise.all([
    order.restart({ ORDER_DEADLINE_MS: '500' }),
    payment.restart({ PAYMENT_GATEWAY_TIMEOUT_MS: '10000' }),
  ]);
  await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: 3_000 } });
  const before = await shop.stock(sku);
  const { id } = await shop.place(orderRequest);

  await shop.waitForStep(id, ({ trigger }) => trigger === 'deadline_passed');
  expect(await shop.ledger(id)).toEqual([]);
  expect(await shop.waitUntilEnded(id)).toMatchObject({
    status: 'cancelled',
    reason: 'timed_out',
    payment: 'voided',
  });
  expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'void']);
  expect(await shop.stock(sku)).toEqual(before);
  await order.restart();
});

auditAfterAll(opened);
