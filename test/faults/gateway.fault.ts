import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { type GatewayModes, type Payment, createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { callPaymentAction, confirmation, operatorApiVariables } from '../setup/payment-operator.js';
import { startFaultEnvironment } from './fault-environment.js';

// Short, so that it takes no longer than it must until a question without an answer is asked again.
const environment = await startFaultEnvironment({
  env: {
    order: { ORDER_DEADLINE_MS: '10000' },
    payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '1000', ...operatorApiVariables },
  },
});
const { shop, clients } = environment;
const sku = await shop.createProduct({ stock: 1_000 });
const outOfStockSku = await shop.createProduct({ stock: 0 });

afterEach(() => shop.setGatewayModes({}));

type Operation = keyof GatewayModes;

/** Has an order come to the operation, whatever the gateway does then; resolves to its id when it has ended. */
async function placeOrderReaching(operation: Operation): Promise<string> {
  const id = await clients.place(createOrderRequest(operation === 'void' ? outOfStockSku : sku));
  await shop.waitUntilEnded(id);
  if (operation !== 'refund') return id;
  await shop.cancel(id);
  await shop.waitUntilEnded(id);
  return id;
}

/** What the gateway has in its books at the end of an order that came to the operation, and nothing else. */
const expectedLedger: Readonly<Record<Operation, readonly Operation[]>> = {
  authorize: ['authorize', 'capture'],
  capture: ['authorize', 'capture'],
  void: ['authorize', 'void'],
  refund: ['authorize', 'capture', 'refund'],
};

describe.each(Object.keys(expectedLedger) as Operation[])('%s:', (operation) => {
  test.each([
    ['is done and never accepted', { behaviour: 'timeout_after_charge', times: 1 }, 2],
    ['is answered with 500, twice', { behaviour: 'fail', times: 2 }, 3],
    ['is answered twice', { behaviour: 'respond_twice', times: 1 }, 1],
  ] as const)(
    'a request that %s is asked again where nothing is known, and done once',
    async (_what, mode, requests) => {
      await environment.assertSurvives(async () => {
        await shop.setGatewayModes({ [operation]: mode });
        const id = await placeOrderReaching(operation);
        const entries = await shop.ledger(id);
        expect(entries.map((entry) => entry.operation)).toEqual(expectedLedger[operation]);
        expect(entries.every(({ status }) => status === 'approved')).toBe(true);
        // Proof that it happened: the gateway counts what comes under one key.
        const requestCount = entries.find((entry) => entry.operation === operation)?.requests ?? 0;
        if (requests === 1) expect(requestCount).toBe(1);
        else expect(requestCount).toBeGreaterThanOrEqual(requests);
      });
    },
  );
});

test('a gateway that declines has taken nothing: the order is cancelled, and its stock given back', async () => {
  await environment.assertSurvives(async () => {
    const before = await shop.stock(sku);
    await shop.setGatewayModes({ authorize: { behaviour: 'decline' } });
    const id = await clients.place(createOrderRequest(sku));
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', reason: 'payment_declined' });
    expect(await shop.ledger(id)).toMatchObject([{ operation: 'authorize', status: 'refused' }]);
    expect(await shop.stock(sku)).toEqual(before);
  });
});

interface PaymentWithOperations extends Payment {
  readonly operations: readonly {
    readonly attempts: number;
    readonly lastError: string | null;
    readonly parkedAt: string | null;
  }[];
}

/** What `ops payments` lists. */
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

async function waitUntilParked(id: string): Promise<PaymentWithOperations> {
  const poll = async (): Promise<PaymentWithOperations> => {
    const { body } = await shop.request<PaymentWithOperations>('payment', 'GET', `/payments/${id}`);
    return body;
  };
  const isSetAside = (payment: PaymentWithOperations): boolean =>
    typeof payment.operations?.at(-1)?.parkedAt === 'string';
  return waitUntil('an operation that is set aside', poll, isSetAside);
}

describe('a gateway that takes a request for a mistake (4xx)', () => {
  test('is asked five times, then not before an operator says so; meanwhile nothing counts as declined', async () => {
    await environment.assertSurvives(async () => {
      await shop.setGatewayModes({ authorize: { behaviour: 'reject' } });
      const id = await clients.place(createOrderRequest(sku));
      const payment = await waitUntilParked(id);
      expect(payment.status).toBe('authorizing');
      expect(payment.operations).toMatchObject([
        { attempts: 5, lastError: 'the gateway responded with 422' },
      ]);
      // The deadline has begun to cancel the order, which ends when it is known what became of the money.
      await shop.waitForStep(id, ({ to }) => to === 'cancelling');
      expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'none' });

      expect(await listParkedOperations()).toMatchObject([
        { orderId: id, operation: 'authorize', attempts: 5, problem: 'the gateway rejects the request' },
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
      const { operator, reason } = confirmation;
      expect(actions).toEqual([{ action: 'release operation', operator, reason }]);
      expect(await listParkedOperations()).toEqual([]);
    });
  });

  test('only while it is being deployed has refused nothing: the order is completed', async () => {
    await environment.assertSurvives(async () => {
      await shop.setGatewayModes({ capture: { behaviour: 'reject', times: 2 } });
      expect(await shop.waitUntilEnded(await clients.place(createOrderRequest(sku)))).toMatchObject({
        status: 'completed',
      });
    });
  });
});
