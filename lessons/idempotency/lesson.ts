import { randomUUID } from 'node:crypto';

import { createOrderRequest, type LedgerEntry } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import {
  type Count,
  type Lesson,
  type LessonContext,
  type LoadExercise,
  type ShopRun,
  violation,
} from '../lesson.js';
import { type Charge, chargeWithNewKeys, createGatewayClient, type PaidOrder } from '../naive/chain.js';
import { advice, labels, texts } from './texts.js';

const ORDERS = 3;
const UNRESPONSIVE_ONCE = { authorize: { behaviour: 'timeout_after_charge', times: 1 } } as const;

export const idempotency: Lesson<{ charge: Charge }> = {
  number: 7,
  slug: 'idempotency',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/chain.ts', name: 'chargeWithNewKeys' },
      run: (context) => chargeOrders(context, () => Promise.resolve({ charge: chargeWithNewKeys })),
    },
  ],
  ours,
  exports: ['charge'],
  check: chargeOrders,
  readNext: [
    'libs/http/src/idempotency-key.ts',
    'docs/decisions/0006-gateway-calls-as-intents.md',
    'test/e2e/gateway.e2e.ts',
  ],
};

/** Charges three orders; the first response for each is lost. The program restarts and repeats the first order. */
async function chargeOrders(
  { shop }: LessonContext,
  load: LoadExercise<{ charge: Charge }>,
): Promise<readonly Count[]> {
  const orders = Array.from({ length: ORDERS }, () => ({ id: randomUUID(), amount: 12_900 }));
  const gateway = createGatewayClient(shop);
  const errors: string[] = [];
  const chargeOne = async (charge: Charge, order: PaidOrder): Promise<void> => {
    await charge(gateway, order).catch((error: unknown) => errors.push(String(error)));
  };
  const { charge } = await load();
  for (const order of orders) {
    await shop.setGatewayModes(UNRESPONSIVE_ONCE);
    await chargeOne(charge, order);
  }
  await shop.setGatewayModes({});
  await chargeOne((await load()).charge, orders[0]!);
  const ledgers = await Promise.all(orders.map(({ id }) => shop.ledger(id)));
  const requests = sumRequests(ledgers.flat());
  const doubled = ledgers.reduce((sum, entries) => sum + Math.max(0, entries.length - 1), 0);
  return [
    { label: labels.orders, value: ORDERS },
    { label: labels.gatewayRequests, value: requests },
    violation(labels.doubled, doubled, advice.doubled),
    violation(
      labels.unpaid,
      ledgers.filter(({ length }) => length === 0).length,
      advice.unpaid(errors[0] ?? ''),
    ),
  ];
}

function sumRequests(entries: readonly LedgerEntry[]): number {
  return entries.reduce((sum, { requests }) => sum + requests, 0);
}

/** A customer sends one order request twice at the same time, and the gateway authorizes without a response. */
async function ours({ shop }: LessonContext): Promise<ShopRun> {
  await shop.setGatewayModes(UNRESPONSIVE_ONCE);
  const key = randomUUID();
  const request = createOrderRequest('TEAPOT-ZISHA-200ML');
  // While the first request is in progress, the second one gets 409 and is sent again.
  const place = () =>
    waitUntil(
      'a response',
      () => shop.tryPlace(request, key),
      ({ status }) => status !== 409,
    );
  const clicks = await Promise.all([place(), place()]);
  const ids = [...new Set(clicks.map(({ body }) => body.id))];
  await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  const authorizations = (await shop.ledger(ids[0]!)).filter(({ operation }) => operation === 'authorize');
  return {
    counts: [
      { label: labels.requests, value: clicks.length },
      { label: labels.gatewayRequests, value: sumRequests(authorizations) },
      violation(labels.doubleOrders, ids.length - 1),
      violation(labels.doubled, authorizations.length - 1),
    ],
    rows: [
      {
        service: 'order',
        sql: `SELECT customer_id, key, order_id FROM idempotency_keys WHERE key = '${key}'`,
      },
      {
        service: 'payment',
        sql: `SELECT operation, idempotency_key, attempts, outcome FROM gateway_operations WHERE order_id = '${ids[0]}'`,
      },
    ],
  };
}
