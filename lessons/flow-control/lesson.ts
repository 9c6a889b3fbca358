import { randomUUID } from 'node:crypto';

import type { Options } from 'amqplib';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { withSandbox } from '../naive/sandbox.js';
import { type Accept, dropOldest, type Order } from '../naive/storefront.js';
import { advice, labels, texts } from './texts.js';

const CUSTOMERS = 30;
const BOUND = 10;
const SKU = 'POWERBANK-20000';

interface Exercise {
  readonly queueOptions: Options.AssertQueue;
  readonly accept: Accept;
}

const acceptConfirmed: Accept = async ({ publish }, order) => {
  await publish(order);
  return 202;
};

export const flowControl: Lesson<Exercise> = {
  number: 13,
  slug: 'flow-control',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/storefront.ts', name: 'dropOldest' },
      run: (context) => serveThirty(context, { queueOptions: dropOldest(), accept: acceptConfirmed }),
    },
  ],
  ours,
  exports: ['queueOptions', 'accept'],
  check: async (context, load) => serveThirty(context, await load()),
  readNext: [
    'libs/outbox/src/outbox.ts',
    'apps/order/src/http/order-problems.ts',
    'apps/order/src/use-cases/order-intake.int.spec.ts',
  ],
};

/** Serves thirty customers while no consumer runs, then handles the queue. */
function serveThirty(
  { sandbox: urls }: LessonContext,
  { queueOptions, accept }: Exercise,
): Promise<readonly Count[]> {
  return withSandbox(urls, '', async (sandbox) => {
    const queue = await sandbox.declareQueue('orders', queueOptions);
    const publish = ({ id }: Order): Promise<void> => {
      const publishing = sandbox.publish([{ queue, body: id, messageId: id }]);
      publishing.catch(() => {}); // a program that does not await it must not end this process
      return publishing;
    };
    const served = { accepted: [] as string[], refused: 0, failed: 0, error: '' };
    for (let customer = 0; customer < CUSTOMERS; customer += 1) {
      const order = { id: randomUUID(), sku: SKU, quantity: 1 };
      const status = await accept({ publish }, order).catch((error: unknown) => String(error));
      if (status === 202) served.accepted.push(order.id);
      else if (status === 503) served.refused += 1;
      else Object.assign(served, { failed: served.failed + 1, error: String(status) });
    }
    const handled = new Set((await sandbox.drain(queue)).map(({ content }) => content.toString()));
    const { accepted, refused, failed, error } = served;
    return [
      { label: labels.customers, value: CUSTOMERS },
      { label: labels.accepted, value: accepted.length },
      { label: labels.refused, value: refused },
      violation(labels.lost, accepted.filter((id) => !handled.has(id)).length, advice.lost),
      violation(labels.failed, failed, advice.failed(error)),
      violation(labels.unbounded, Math.max(0, handled.size - BOUND), advice.unbounded),
      violation(labels.turnedAway, Math.max(0, refused - (CUSTOMERS - BOUND)), advice.turnedAway),
    ];
  });
}

/** Fills a bounded outbox while the broker is unavailable, and waits until every accepted order has ended. */
async function ours({ shop, control }: LessonContext): Promise<ShopRun> {
  await control.restartWith('order', { ORDER_OUTBOX_PENDING_MAX: String(BOUND) });
  await control.cutBroker();
  const accepted: string[] = [];
  let refused = 0;
  const serve = async (): Promise<void> => {
    const { status, body } = await shop.tryPlace(createOrderRequest(SKU));
    if (status === 202) accepted.push(body.id);
    else if (status === 503) refused += 1;
    else throw new Error(`POST /orders: ${status}`);
  };
  while (accepted.length < BOUND) await serve();
  // The order service counts its outbox once a second: until then it accepts.
  await waitUntil('the first 503', serve, () => refused > 0, { checkIntervalMs: 100 });
  while (accepted.length + refused < CUSTOMERS) await serve();
  await control.restoreBroker();
  const orders = await Promise.all(accepted.map((id) => shop.waitUntilEnded(id)));
  const completed = orders.filter(({ status }) => status === 'completed').length;
  return {
    counts: [
      { label: labels.customers, value: accepted.length + refused },
      { label: labels.accepted, value: accepted.length },
      { label: labels.refused, value: refused },
      violation(labels.lost, accepted.length - completed),
    ],
    rows: [{ service: 'order', sql: 'SELECT status, count(*) FROM orders GROUP BY status' }],
  };
}
