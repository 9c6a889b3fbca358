import { randomUUID } from 'node:crypto';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { consumeOneQueue } from '../naive/points.js';
import { EXCHANGE, type Sandbox, withSandbox } from '../naive/sandbox.js';
import type { Consumer } from './exercise.js';
import { advice, labels, texts } from './texts.js';

const ORDERS = 20;
const SERVICES = ['inventory', 'payment'] as const;
const CONSUMERS: readonly Consumer[] = [
  { service: 'inventory', process: 1 },
  { service: 'inventory', process: 2 },
  { service: 'payment', process: 1 },
];
/** The routing key of an order event. */
const ORDER = 'order';

type ChooseQueue = (consumer: Consumer) => string;

export const oneQueueOrExchange: Lesson<{ chooseQueue: ChooseQueue }> = {
  number: 2,
  slug: 'one-queue-or-exchange',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/points.ts', name: 'consumeOneQueue' },
      run: (context) => deliverOrders(context, consumeOneQueue),
    },
  ],
  ours,
  exports: ['chooseQueue'],
  check: async (context, load) => deliverOrders(context, (await load()).chooseQueue),
  readNext: [
    'libs/contracts/src/subscriptions.ts',
    'libs/messaging/src/topology/topology.ts',
    'docs/tutorial/own-service.md',
  ],
};

/** Publishes twenty orders to the queues that the consumers choose, and counts what each service gets. */
function deliverOrders({ sandbox: urls }: LessonContext, choose: ChooseQueue): Promise<readonly Count[]> {
  return withSandbox(urls, '', async (sandbox) => {
    const queueByName = new Map<string, string>();
    for (const name of new Set(CONSUMERS.map(choose))) {
      const queue = await sandbox.declareQueue(`orders.${name}`);
      await sandbox.channel.bindQueue(queue, EXCHANGE, ORDER);
      queueByName.set(name, queue);
    }
    const received = { inventory: [] as string[], payment: [] as string[] };
    for (const consumer of CONSUMERS)
      await consume(sandbox, queueByName.get(choose(consumer))!, received[consumer.service]);
    const ids = Array.from({ length: ORDERS }, () => randomUUID());
    await sandbox.publish(ids.map((id) => ({ queue: ORDER, body: id })));
    const countReceived = (): Promise<number> =>
      Promise.resolve(received.inventory.length + received.payment.length);
    await waitUntil('all deliveries', countReceived, (count) => count === ORDERS * queueByName.size);
    return countOrders(received);
  });
}

async function consume(sandbox: Sandbox, queue: string, received: string[]): Promise<void> {
  const channel = await (await sandbox.connect()).createChannel();
  await channel.prefetch(1);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    received.push(message.content.toString());
    channel.ack(message);
  });
}

function countOrders(received: Readonly<Record<Consumer['service'], readonly string[]>>): Count[] {
  const missed = SERVICES.map((service) =>
    violation(labels.missed[service], ORDERS - new Set(received[service]).size, advice.missed),
  );
  const doubled = SERVICES.reduce(
    (sum, service) => sum + received[service].length - new Set(received[service]).size,
    0,
  );
  return [
    { label: labels.orders, value: ORDERS },
    ...missed,
    violation(labels.doubled, doubled, advice.doubled),
  ];
}

/** Places twenty orders, and counts their messages in the inboxes of inventory and payment. */
async function ours({ shop, database }: LessonContext): Promise<ShopRun> {
  const placed = await Promise.all(
    Array.from({ length: ORDERS }, () => shop.place(createOrderRequest('SILK-SCARF-RED'))),
  );
  const ids = placed.map(({ id }) => id);
  await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  const sql = "SELECT subject FROM inbox WHERE type = 'order.placed.v1' AND subject = ANY ($1)";
  const read = async (service: Consumer['service']): Promise<string[]> =>
    (await database.query<{ subject: string }>(service, sql, [ids])).map(({ subject }) => subject);
  const [inventory, payment] = await Promise.all([read('inventory'), read('payment')]);
  const example = `SELECT consumer, type, claimed_at FROM inbox WHERE subject = '${ids[0]}' ORDER BY position`;
  return {
    counts: countOrders({ inventory, payment }),
    rows: SERVICES.map((service) => ({ service, sql: example })),
  };
}
