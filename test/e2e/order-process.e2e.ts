import { afterEach, expect, test } from 'vitest';

import {
  type ApiResponse,
  type Order,
  type OrderRequest,
  createOrderRequest,
} from '../../tools/client/api-types.js';
import { type ActionResult, callPaymentAction } from '../setup/payment-operator.js';
import { auditAfterAll, openShop } from './open-shop.js';

const opened = openShop();
const { shop } = opened;

afterEach(() => shop.setGatewayModes({}));

/** The gateway operations of an order, the oldest first: `['authorize approved', 'void approved']`. */
async function listGatewayOperations(orderId: string): Promise<string[]> {
  return (await shop.ledger(orderId)).map(({ operation, status }) => `${operation} ${status}`);
}

async function placeAndWait(orderRequest: OrderRequest): Promise<Order> {
  return shop.waitUntilEnded((await shop.place(orderRequest)).id);
}

function retryRefund(orderId: string): Promise<ApiResponse<ActionResult>> {
  return callPaymentAction(shop, orderId, 'refund/retry');
}

const fullStock = { received: 10, available: 10, held: 0, deducted: 0 };
const stockAfterSale = { received: 10, available: 7, held: 0, deducted: 3 };

test('a completed order is deducted and captured once', async () => {
  const sku = await shop.createProduct({ stock: 10, amount: 1_980 });
  const order = await placeAndWait(createOrderRequest(sku, 3));

  expect(order).toMatchObject({
    status: 'completed',
    reason: null,
    total: { amount: 3 * 1_980, currency: 'CNY' },
  });
  expect(await shop.stock(sku)).toMatchObject(stockAfterSale);
  const entries = await shop.ledger(order.id);
  expect(entries).toMatchObject([
    { operation: 'authorize', status: 'approved', amount: 3 * 1_980 },
    { operation: 'capture', status: 'approved', amount: 3 * 1_980 },
  ]);
  expect(await shop.payment(order.id)).toMatchObject({ status: 'captured', captureId: entries[1]?.id });
});

test('one short line holds no line of the order', async () => {
  const plenty = await shop.createProduct({ stock: 10 });
  const scarce = await shop.createProduct({ stock: 1 });
  const alsoPlenty = await shop.createProduct({ stock: 10 });
  const lines = [plenty, scarce, alsoPlenty].map((sku) => ({ sku, quantity: 2 }));
  const order = await placeAndWait({ lines, paymentToken: 'tok_visa' });

  expect(order).toMatchObject({ status: 'cancelled', reason: 'out_of_stock', stock: 'rejected' });
  for (const sku of [plenty, alsoPlenty]) expect(await shop.stock(sku)).toMatchObject(fullStock);
  expect(await shop.stock(scarce)).toMatchObject({ available: 1, held: 0, deducted: 0 });
  expect(await listGatewayOperations(order.id)).toEqual(['authorize approved', 'void approved']);
});

test('two lines on one SKU count together', async () => {
  const sku = await shop.createProduct({ stock: 5 });
  const twice = (first: number, second: number): OrderRequest => ({
    lines: [first, second].map((quantity) => ({ sku, quantity })),
    paymentToken: 'tok_visa',
  });
  expect(await placeAndWait(twice(3, 3))).toMatchObject({ status: 'cancelled', reason: 'out_of_stock' });
  expect(await shop.stock(sku)).toMatchObject({ available: 5, deducted: 0 });
  expect(await placeAndWait(twice(3, 2))).toMatchObject({ status: 'completed', total: { amount: 5_000 } });
  expect(await shop.stock(sku)).toMatchObject({ available: 0, deducted: 5 });
});

test('the largest possible order is completed', async () => {
  const sku = await shop.createProduct({ stock: 50_000, amount: 1 });
  const customerId = '顾客 Zoë “😀” \\ %';
  const customer = shop.as(customerId);
  const lines = Array.from({ length: 50 }, () => ({ sku, quantity: 1_000 }));
  const { id } = await customer.place({ lines, paymentToken: 'tok_visa' });
  const order = await customer.waitUntilEnded(id);
  expect(order).toMatchObject({ customerId, status: 'completed', total: { amount: 50_000 } });
  expect(await shop.stock(sku)).toMatchObject({ available: 0, deducted: 50_000 });
});

test('an order for a SKU without stock is cancelled', async () => {
  const order = await placeAndWait(createOrderRequest(await shop.createProduct({ stock: 0 }), 3));
  expect(order).toMatchObject({ status: 'cancelled', reason: 'out_of_stock' });
});

test.each(['tok_declined', 'tok_insufficient_funds'])(
  'a declined payment releases the stock (%s)',
  async (token) => {
    const sku = await shop.createProduct({ stock: 10 });
    const order = await placeAndWait(createOrderRequest(sku, 3, token));
    expect(order).toMatchObject({ status: 'cancelled', reason: 'payment_declined', stock: 'released' });
    expect(await shop.stock(sku)).toMatchObject(fullStock);
    expect(await listGatewayOperations(order.id)).toEqual(['authorize refused']);
  },
);

test('a refused capture cancels, restocks and voids', async () => {
  const sku = await shop.createProduct({ stock: 10 });
  const order = await placeAndWait(createOrderRequest(sku, 3, 'tok_capture_refused'));
  expect(order).toMatchObject({ status: 'cancelled', reason: 'payment_failed', payment: 'voided' });
  expect(await shop.stock(sku)).toMatchObject(fullStock);
  expect(await listGatewayOperations(order.id)).toEqual([
    'authorize approved',
    'capture refused',
    'void approved',
  ]);
});

test('cancelling a pending order voids a later authorization', async () => {
  await shop.setGatewayModes({ authorize: { behaviour: 'fail' } });
  const sku = await shop.createProduct({ stock: 10 });
  const { id } = await shop.place(createOrderRequest(sku, 3));
  await shop.waitForStep(id, ({ stock }) => stock === 'held');

  expect((await shop.cancel(id)).body).toMatchObject({ status: 'cancelling', reason: 'customer_request' });
  await shop.waitForStep(id, ({ stock }) => stock === 'released');
  expect(await shop.stock(sku)).toMatchObject(fullStock);
  expect(await listGatewayOperations(id)).toEqual([]);

  await shop.setGatewayModes({});
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', payment: 'voided' });
  expect(await listGatewayOperations(id)).toEqual(['authorize approved', 'void approved']);
});

test('cancelling a confirmed order refunds a later capture', async () => {
  await shop.setGatewayModes({ capture: { behaviour: 'fail' } });
  const sku = await shop.createProduct({ stock: 10 });
  const { id } = await shop.place(createOrderRequest(sku, 3));
  await shop.waitForStep(id, ({ to, stock }) => to === 'confirmed' && stock === 'deducted');

  expect((await shop.cancel(id)).body).toMatchObject({ status: 'cancelling', reason: 'customer_request' });
  await shop.waitForStep(id, ({ stock }) => stock === 'restocked');
  await shop.setGatewayModes({});
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', payment: 'refunded' });
  expect(await shop.stock(sku)).toMatchObject(fullStock);
  expect(await listGatewayOperations(id)).toEqual([
    'authorize approved',
    'capture approved',
    'refund approved',
  ]);
});

test('cancelling a completed order refunds and restocks it once', async () => {
  const sku = await shop.createProduct({ stock: 10 });
  const { id } = await placeAndWait(createOrderRequest(sku, 3));
  await Promise.all(Array.from({ length: 10 }, () => shop.cancel(id)));
  const cancelled = await shop.waitUntilEnded(id);

  expect(cancelled).toMatchObject({ status: 'cancelled', reason: 'customer_request', payment: 'refunded' });
  expect(await shop.stock(sku)).toMatchObject(fullStock);
  expect(await listGatewayOperations(id)).toEqual([
    'authorize approved',
    'capture approved',
    'refund approved',
  ]);
  expect((await shop.cancel(id)).body).toEqual(cancelled);
});

test('a refused refund keeps the order cancelling', async () => {
  const sku = await shop.createProduct({ stock: 10 });
  const { id } = await placeAndWait(createOrderRequest(sku, 3, 'tok_refund_refused'));
  await shop.cancel(id);
  await shop.waitForStep(id, ({ stock, payment }) => stock === 'restocked' && payment === 'refund_failed');
  expect(await shop.order(id)).toMatchObject({ status: 'cancelling' });

  // The gateway still refuses the refund.
  expect((await retryRefund(id)).status).toBe(200);
  let refusals = 0;
  await shop.waitForStep(id, ({ trigger }) => trigger === 'payment.refund_failed' && ++refusals === 2);
  expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'refund_failed' });

  await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
  const responses = await Promise.all(Array.from({ length: 10 }, () => retryRefund(id)));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', payment: 'refunded' });
  expect(await shop.payment(id)).toMatchObject({ refundAttempts: 3 });
  expect((await listGatewayOperations(id)).slice(2)).toEqual([
    'refund refused',
    'refund refused',
    'refund approved',
  ]);
  // One refund is approved.
  expect((await retryRefund(id)).status).toBe(200);
  expect(await listGatewayOperations(id)).toHaveLength(5);
});

test('only a failed refund can be retried', async () => {
  const { id } = await placeAndWait(createOrderRequest(await shop.createProduct({ stock: 10 }), 3));
  expect(await retryRefund(id)).toMatchObject({
    status: 409,
    body: { type: 'urn:problem-type:no-failed-refund' },
  });
});

auditAfterAll(opened);
