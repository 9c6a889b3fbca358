import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { type GatewayModes, type Payment, wishFor } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { actOnPayment, consent, lettingOperatorsIn } from '../setup/payment-operator.js';
import { BreakableShop } from './breakable-shop.js';

// Short, so that it takes no longer than it must until a question without an answer is asked again.
const faults = await BreakableShop.open({
  env: {
    order: { ORDER_DEADLINE_MS: '10000' },
    payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '1000', ...lettingOperatorsIn },
  },
});
const { shop, customers } = faults;
const sku = await shop.newProduct({ stock: 1_000 });
const soldOut = await shop.newProduct({ stock: 0 });

afterEach(() => shop.setGatewayModes({}));

type Operation = keyof GatewayModes;

/** Has an order come to the operation, whatever the gateway does then; resolves to its id when it has ended. */
async function comeTo(operation: Operation): Promise<string> {
  const id = await customers.place(wishFor(operation === 'void' ? soldOut : sku));
  await shop.ended(id);
  if (operation !== 'refund') return id;
  await shop.cancel(id);
  await shop.ended(id);
  return id;
}

/** What the gateway has in its books at the end of an order that came to the operation, and nothing else. */
const booksOf: Readonly<Record<Operation, readonly Operation[]>> = {
  authorize: ['authorize', 'capture'],
  capture: ['authorize', 'capture'],
  void: ['authorize', 'void'],
  refund: ['authorize', 'capture', 'refund'],
};

describe.each(Object.keys(booksOf) as Operation[])('%s:', (operation) => {
  test.each([
    ['is done and never answered', { behaviour: 'timeout_after_charge', times: 1 }, 2],
    ['is answered with 500, twice', { behaviour: 'fail', times: 2 }, 3],
    ['is answered twice', { behaviour: 'answer_twice', times: 1 }, 1],
  ] as const)(
    'a request that %s is asked again where nothing is known, and done once',
    async (_what, mode, requests) => {
      await faults.survives(async () => {
        await shop.setGatewayModes({ [operation]: mode });
        const id = await comeTo(operation);
        const entries = await shop.ledger(id);
        expect(entries.map((entry) => entry.operation)).toEqual(booksOf[operation]);
        expect(entries.every(({ status }) => status === 'approved')).toBe(true);
        // Proof that it happened: the gateway counts what comes under one key.
        const asked = entries.find((entry) => entry.operation === operation)?.requests ?? 0;
        if (requests === 1) expect(asked).toBe(1);
        else expect(asked).toBeGreaterThanOrEqual(requests);
      });
    },
  );
});

test('a gateway that declines has taken nothing: the order is cancelled, and its stock given back', async () => {
  await faults.survives(async () => {
    const before = await shop.stock(sku);
    await shop.setGatewayModes({ authorize: { behaviour: 'decline' } });
    const id = await customers.place(wishFor(sku));
    expect(await shop.ended(id)).toMatchObject({ status: 'cancelled', reason: 'payment_declined' });
    expect(await shop.ledger(id)).toMatchObject([{ operation: 'authorize', status: 'refused' }]);
    expect(await shop.stock(sku)).toEqual(before);
  });
});

interface PaymentWithOperations extends Payment {
  readonly operations: readonly {
    readonly attempts: number;
    readonly lastError: string | null;
    readonly setAsideAt: string | null;
  }[];
}

/** What `ops payments` lists. */
async function needAPerson(): Promise<unknown> {
  const printed: string[] = [];
  const env = { OPS_PAYMENT_DATABASE_URL: faults.platform.databaseUrls.payment };
  await runOps(['--json', 'payments'], env, {
    print: (text) => printed.push(text),
    printError: (text) => printed.push(text),
    draw: undefined,
    width: Number.POSITIVE_INFINITY,
    onInterrupt: () => () => {},
  });
  return JSON.parse(printed.join('\n'));
}

async function untilSetAside(id: string): Promise<PaymentWithOperations> {
  const look = async (): Promise<PaymentWithOperations> => {
    const { body } = await shop.request<PaymentWithOperations>('payment', 'GET', `/payments/${id}`);
    return body;
  };
  const isSetAside = (payment: PaymentWithOperations): boolean =>
    typeof payment.operations?.at(-1)?.setAsideAt === 'string';
  return until('an operation that is set aside', look, isSetAside);
}

describe('a gateway that takes a request for a mistake (4xx)', () => {
  test('is asked five times, then not before an operator says so; meanwhile nothing counts as declined', async () => {
    await faults.survives(async () => {
      await shop.setGatewayModes({ authorize: { behaviour: 'reject' } });
      const id = await customers.place(wishFor(sku));
      const payment = await untilSetAside(id);
      expect(payment.status).toBe('authorizing');
      expect(payment.operations).toMatchObject([{ attempts: 5, lastError: 'the gateway answered 422' }]);
      // The deadline has begun to cancel the order, which ends when it is known what became of the money.
      await shop.reached(id, ({ to }) => to === 'cancelling');
      expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'silent' });

      expect(await needAPerson()).toMatchObject([
        { orderId: id, operation: 'authorize', attempts: 5, problem: 'the gateway takes no such request' },
      ]);

      await shop.setGatewayModes({});
      const release = (body?: object) =>
        actOnPayment(shop, id, 'operations/release', { ...(body && { body }) });
      expect(await release({})).toMatchObject({ status: 200, body: { dryRun: true, count: 1 } });
      expect(await shop.order(id)).toMatchObject({ status: 'cancelling', payment: 'silent' });
      expect(await release()).toMatchObject({ status: 200, body: { count: 1 } });
      expect(await shop.ended(id)).toMatchObject({
        status: 'cancelled',
        reason: 'timed_out',
        payment: 'voided',
      });
      expect(await release()).toMatchObject({
        status: 409,
        body: { type: 'urn:problem-type:nothing-set-aside' },
      });
      const acts = await faults.query(
        'payment',
        'SELECT act, operator, why FROM operator_acts WHERE subject = $1',
        [id],
      );
      const { operator, why } = consent;
      expect(acts).toEqual([{ act: 'release operation', operator, why }]);
      expect(await needAPerson()).toEqual([]);
    });
  });

  test('only while it is being deployed has refused nothing: the order is completed', async () => {
    await faults.survives(async () => {
      await shop.setGatewayModes({ capture: { behaviour: 'reject', times: 2 } });
      expect(await shop.ended(await customers.place(wishFor(sku)))).toMatchObject({ status: 'completed' });
    });
  });
});
