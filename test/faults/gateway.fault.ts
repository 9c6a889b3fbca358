import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { type GatewayModes, type Payment, createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { callPaymentAction, confirmation, OPERATOR } from '../setup/payment-operator.js';
import { startFaultEnvironment } from './fault-environment.js';

// Short timeouts, so a request without a response is repeated soon.
const environment = await startFaultEnvironment({
  env: {
    order: { ORDER_DEADLINE_MS: '10000' },
    payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '1000' },
  },
});
const { shop, clients } = environment;
const sku = await shop.createProduct({ stock: 1_000 });
const outOfStockSku = await shop.createProduct({ stock: 0 });

afterEach(() => shop.setGatewayModes({}));

type Operation = keyof GatewayModes;

/** Places an order that reaches the operation; resolves to its id after it has ended. */
async function placeOrderReaching(operation: Operation): Promise<string> {
  const id = await clients.place(createOrderRequest(operation === 'void' ? outOfStockSku : sku));
  await shop.waitUntilEnded(id);
  if (operation !== 'refund') return id;
  await shop.cancel(id);
  await shop.waitUntilEnded(id);
  return id;
}

/** The gateway's whole ledger of an order that reached the operation. */
const expectedLedger: Readonly<Record<Operation, readonly Operation[]>> = {
  authorize: ['authorize', 'capture'],
  capture: ['authorize', 'capture'],
  void: ['authorize', 'void'],
  refund: ['authorize', 'capture', 'refund'],
};

describe.each(Object.keys(expectedLedger) as Operation[])('%s:', (operation) => {
  test.each([
    ['times out after its charge', { behaviour: 'timeout_after_charge', times: 1 }, 2],
    ['fails with 500 twice', { behaviour: 'fail', times: 2 }, 3],
    ['receives two responses', { behaviour: 'respond_twice', times: 1 }, 1],
  ] as const)('a request that %s is executed once', async (_description, mode, requests) => {
    await environment.assertSurvives(async () => {
      await shop.setGatewayModes({ [operation]: mode });
      const id = await placeOrderReaching(operation);
      const entries = await shop.ledger(id);
      expect(entries.map((entry) => entry.operation)).toEqual(expectedLedger[operation]);
      expect(entries.every(({ status }) => status === 'approved')).toBe(true);
      // Proof of the fault: the gateway counts the requests under one key.
      const requestCount = entries.find((entry) => entry.operation === operation)?.requests ?? 0;
      if (requests === 1) expect(requestCount).toBe(1);
      else expect(requestCount).toBeGreaterThanOrEqual(requests);
    });
  });
});

test('a declined authorization cancels the order and releases its stock', async () => {
  await environment.assertSurvives(async () => {
    const before = await shop.stock(sku);
    await shop.setGatewayModes({ authorize: { behaviour: 'decline' } });
    const id = await clients.place(createOrderRequest(sku));
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', reason: 'payment_declined' });
    expect(await shop.ledger(id)).toMatchObject([{ operation: 'authorize', status: 'refused' }]);
    expect(await shop.stock(sku)).toEqual(before);
  });
});

/** The output of `ops payments`. */
async function listParkedOperations(): Promise<unknown> {
  const printed: string[] = [];
  const env = { OPS_PAYMENT_DATABASE_URL: environment.databaseUrls.payment };
  await runOps(['--json', 'payments'], env, {
    print: (text) => printed.push(text),
    printError: (text) => printed.push(text),
    draw: undefined,
    width: Number.POSITIVE_INFINITY,
    onInterrupt: () => () => {},
  });
  return JSON.parse(printed.join('\n'));
}

/** Places other orders until the operation is parked: a rejection counts while others of its kind succeed. */
async function waitUntilParked(id: string): Promise<Payment> {
  const poll = async (): Promise<Payment> => {
    await clients.place(createOrderRequest(sku));
    const { body } = await shop.request<Payment>('payment', 'GET', `/payments/${id}`);
    return body;
  };
  const isParked = (payment: Payment): boolean => typeof payment.operations?.at(-1)?.parkedAt === 'string';
  return waitUntil('a parked operation', poll, isParked, { checkIntervalMs: 200 });
}

describe('a gateway that responds with 4xx', () => {
  test('a request rejected while others succeed is parked', async () => {
    await environment.assertSurvives(async () => {
      await shop.setGatewayModes({ authorize: { behaviour: 'reject' } });
      const id = await clients.place(createOrderRequest(sku));
      await shop.setGatewayModes({ authorize: { behaviour: 'reject', reference: id } });
      const payment = await waitUntilParked(id);
      expect(payment.status).toBe('authorizing');
      expect(payment.operations).toMatchObject([
        { lastError: 'the gateway responded with 422', parkedCause: 'rejected' },
      ]);
      // The deadline has cancelled the order, which ends when the payment's outcome is known.
      await shop.waitForStep(id, ({ to }) => to === 'cancelling');
      expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'none' });

      expect(await listParkedOperations()).toMatchObject([
        { orderId: id, operation: 'authorize', problem: 'the gateway rejects the request' },
      ]);

      await shop.setGatewayModes({});
      const release = (body?: object) =>
        callPaymentAction(shop, id, 'operations/release', { ...(body && { body }) });
      expect(await release({})).toMatchObject({ status: 200, body: { dryRun: true, count: 1 } });
      expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'none' });
      expect(await release()).toMatchObject({ status: 200, body: { count: 1 } });
      expect(await shop.waitUntilEnded(id)).toMatchObject({
        status: 'cancelled',
        reason: 'timed_out',
        payment: 'voided',
      });
      expect(await release()).toMatchObject({
        status: 409,
        body: { type: 'urn:problem-type:nothing-parked' },
      });
      const actions = await environment.query(
        'payment',
        'SELECT action, operator, reason FROM operator_log WHERE subject = $1',
        [id],
      );
      const { reason } = confirmation;
      expect(actions).toEqual([{ action: 'release operation', operator: OPERATOR, reason }]);
      expect(await listParkedOperations()).toEqual([]);
    });
  });

  test('a request rejected twice completes its order', async () => {
    await environment.assertSurvives(async () => {
      await shop.setGatewayModes({ capture: { behaviour: 'reject', times: 2 } });
      expect(await shop.waitUntilEnded(await clients.place(createOrderRequest(sku)))).toMatchObject({
        status: 'completed',
      });
    });
  });
});
