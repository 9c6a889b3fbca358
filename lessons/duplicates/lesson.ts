import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { creditEveryDelivery, type Receive } from '../naive/points.js';
import { COPIES, deliverFiveTimes, SKU, waitForPublished } from './faults.js';
import { labels, texts } from './texts.js';

/** The gateway authorizes this token after 2 s, so the copies are published while the order is pending. */
const SLOW_TOKEN = 'tok_slow';

export const duplicates: Lesson<{ receive: Receive }> = {
  number: 6,
  slug: 'duplicates',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/points.ts', name: 'creditEveryDelivery' },
      run: (context) => deliverFiveTimes(context, 1, () => Promise.resolve({ receive: creditEveryDelivery })),
    },
  ],
  ours,
  exports: ['receive'],
  check: (context, load) => deliverFiveTimes(context, 3, load),
  readNext: [
    'libs/inbox/src/inbox.ts',
    'apps/inventory/src/messaging/order-processing.consumer.ts',
    'test/e2e/messages.e2e.ts',
  ],
};

/** Publishes the `order.placed` of one order four more times, the last two at the same time. */
async function ours({ shop, database, broker }: LessonContext): Promise<ShopRun> {
  const before = await shop.stock(SKU);
  const recorder = await broker.recordMessages('order.events', 'order.placed.*');
  const { id } = await shop.place(createOrderRequest(SKU, 1, SLOW_TOKEN));
  const message = await waitForPublished(database, id, 'order.placed.v1');
  await broker.republish(message);
  await broker.republish(message);
  await Promise.all([broker.republish(message), broker.republish(message)]);
  // `order.confirmed` follows the copies in the same queue: all copies are handled when the order has completed.
  await shop.waitUntilEnded(id);
  const countCopies = async () =>
    recorder.messages.filter(({ properties }) => properties.messageId === message.id).length;
  const deliveries = await waitUntil('all copies', countCopies, (count) => count >= 1 + COPIES);
  await recorder.stop();
  const deducted = (await shop.stock(SKU)).deducted - before.deducted;
  return {
    counts: [
      { label: labels.deliveries, value: deliveries },
      { label: labels.deducted, value: deducted },
      violation(labels.doubled, Math.max(0, deducted - 1)),
      violation(labels.lost, Math.max(0, 1 - deducted)),
    ],
    rows: [
      {
        service: 'inventory',
        sql: `SELECT consumer, message_id, outcome FROM inbox WHERE message_id = '${message.id}'`,
      },
    ],
  };
}
