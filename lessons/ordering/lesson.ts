import { randomUUID } from 'node:crypto';

import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { routesFor } from '../../tools/demo/broker.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { type OrderEvent, takeTurns, useOneQueue } from '../naive/points.js';
import { type Sandbox, withSandbox } from '../naive/sandbox.js';
import { advice, labels, texts } from './texts.js';

const ORDERS = 40;
const PARTITIONS = 4;
const STATUSES = ['placed', 'confirmed', 'completed'] as const;

type ChoosePartition = (event: OrderEvent, partitions: number) => number;

export const ordering: Lesson<{ choosePartition: ChoosePartition }> = {
  number: 8,
  slug: 'ordering',
  texts,
  naive: [takeTurns, useOneQueue].map((choose) => ({
    source: { file: 'lessons/naive/points.ts', name: choose.name },
    run: (context) => storeStatuses(context, choose),
  })),
  ours,
  exports: ['choosePartition'],
  check: async (context, load) => storeStatuses(context, (await load()).choosePartition),
  readNext: [
    'libs/messaging/src/routing.ts',
    'libs/messaging/src/topology/topology.ts',
    'docs/decisions/0005-partitions-by-slot.md',
  ],
};

/** Publishes the events of forty orders; the consumers handle their partitions, the last one first. */
function storeStatuses({ sandbox: urls }: LessonContext, choose: ChoosePartition): Promise<readonly Count[]> {
  return withSandbox(urls, '', async (sandbox) => {
    const queues = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, index) => sandbox.declareQueue(`status.${index}`)),
    );
    const events = await publishEvents(sandbox, queues, choose);
    const lastStatus = new Map<string, OrderEvent['status']>();
    let [outOfOrder, idle] = [0, 0];
    // Consumers of different queues run at different speeds: any order of the queues is possible, this one is certain.
    for (const queue of queues.toReversed()) {
      const messages = await sandbox.drain(queue);
      if (messages.length === 0) idle += 1;
      for (const { content } of messages) {
        const { orderId, status } = JSON.parse(content.toString()) as OrderEvent;
        const before = lastStatus.get(orderId);
        if (before !== undefined && STATUSES.indexOf(before) > STATUSES.indexOf(status)) outOfOrder += 1;
        lastStatus.set(orderId, status);
      }
    }
    const completed = [...lastStatus.values()].filter((status) => status === 'completed').length;
    return [
      { label: labels.events, value: events },
      violation(labels.outOfOrder, outOfOrder),
      violation(labels.wrong, ORDERS - completed, advice.wrong),
      violation(labels.idle, idle, advice.idle),
    ];
  });
}

/** Publishes `placed`, `confirmed` and `completed` of every order. @returns the number of events */
async function publishEvents(
  sandbox: Sandbox,
  queues: readonly string[],
  choose: ChoosePartition,
): Promise<number> {
  const ids = Array.from({ length: ORDERS }, () => randomUUID());
  const events = ids.flatMap((orderId) => STATUSES.map((status) => ({ orderId, status })));
  const messages = events.map((event, number) => {
    const partition = choose({ ...event, number }, PARTITIONS);
    const queue = queues[partition];
    if (queue === undefined)
      throw new Error(`choosePartition returned ${partition}; expected 0 to ${PARTITIONS - 1}`);
    return { queue, body: JSON.stringify(event) };
  });
  await sandbox.publish(messages);
  return messages.length;
}

/** Places forty orders at the same time, and compares the sequence of every order's messages in all inboxes. */
async function ours({ shop, database }: LessonContext): Promise<ShopRun> {
  const placed = await Promise.all(
    Array.from({ length: ORDERS }, () => shop.place(createOrderRequest('EARBUDS-BT5'))),
  );
  const ids = placed.map(({ id }) => id);
  const orders = await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  const sql = `SELECT sequence < lag(sequence) OVER (PARTITION BY consumer, producer, subject ORDER BY position) AS late
    FROM inbox WHERE outcome = 'done' AND subject = ANY ($1)`;
  const claims = await Promise.all(
    serviceNames.map((service) => database.query<{ late: boolean | null }>(service, sql, [ids])),
  );
  const used = new Set(
    ids.flatMap((subject) => routesFor({ type: 'order.placed.v1', subject }).map(({ queue }) => queue)),
  );
  return {
    counts: [
      { label: labels.events, value: claims.flat().length },
      violation(labels.outOfOrder, claims.flat().filter(({ late }) => late === true).length),
      violation(labels.wrong, orders.filter(({ status }) => status !== 'completed').length),
      violation(labels.idle, 2 * PARTITIONS - used.size),
    ],
    rows: [
      {
        service: 'inventory',
        sql: `SELECT position, type, sequence, outcome FROM inbox WHERE subject = '${ids[0]}' ORDER BY position`,
      },
    ],
  };
}
