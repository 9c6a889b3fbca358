import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import type { OutboxRow } from '../../tools/demo/database-reader.js';
import { type Count, type LessonContext, type LoadExercise, violation } from '../lesson.js';
import { POINTS_TABLES, PointsProgram, type Receive } from '../naive/points.js';
import { withSandbox } from '../naive/sandbox.js';
import { advice, labels } from './texts.js';

export const SKU = 'TEA-PUER-357G';
/** Publishes of the same message after the first one. */
export const COPIES = 4;

/**
 * Completes orders in the shop and publishes each `order.completed` five times. With three orders, the process is killed
 * before the first acknowledgement of the first one and after the first INSERT of the second, and restarts before the
 * third delivery of the last.
 */
export function deliverFiveTimes(
  context: LessonContext,
  orders: number,
  load: LoadExercise<{ receive: Receive }>,
): Promise<readonly Count[]> {
  return withSandbox(context.sandbox, POINTS_TABLES, async (sandbox) => {
    const queue = await sandbox.declareQueue('points');
    const events = await completeOrders(context, orders);
    // The queue receives each event five times in all: bound now, it missed the publish of the relay.
    await sandbox.channel.bindQueue(queue, 'order.events', 'order.completed.*');
    for (let copy = 0; copy <= COPIES; copy += 1)
      for (const event of events) await context.broker.republish(event);
    const program = new PointsProgram(sandbox, {
      queue,
      load: async () => (await load()).receive,
      ...(orders > 1 && { beforeDelivery: injectFaults(events) }),
    });
    await program.run();
    const rows = (await program.db.query<{ order_id: string }>('SELECT order_id FROM credits')).rows;
    const credited = new Set(rows.map(({ order_id }) => order_id));
    const lost = events.filter(({ subject }) => !credited.has(subject)).length;
    const { deliveries, unacknowledged, unexpectedError } = program;
    return [
      { label: labels.messages, value: events.length },
      { label: labels.deliveries, value: deliveries },
      { label: labels.credits, value: rows.length },
      violation(labels.doubled, rows.length - credited.size, advice.doubled),
      violation(labels.lost, lost, advice.lost(unexpectedError)),
      violation(labels.unacknowledged, unacknowledged, advice.unacknowledged),
    ];
  });
}

/** Places orders, waits until they have completed, and returns their `order.completed` events. */
async function completeOrders({ shop, database }: LessonContext, orders: number): Promise<OutboxRow[]> {
  const ids: string[] = [];
  while (ids.length < orders) ids.push((await shop.place(createOrderRequest(SKU))).id);
  await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  return Promise.all(ids.map((id) => waitForPublished(database, id, 'order.completed.v1')));
}

function injectFaults([first, second, last]: readonly OutboxRow[]) {
  const seen = new Map<string, number>();
  return async (
    program: PointsProgram,
    { properties }: { properties: { messageId?: unknown } },
  ): Promise<void> => {
    const id = String(properties.messageId);
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    if (id === first?.id && number === 1) program.killBeforeAck();
    if (id === second?.id && number === 1) program.killAt('after', /\binsert\b/i);
    if (id === last?.id && number === 3) await program.reload();
  };
}

/** Waits until the relay has published an event of an order. */
export async function waitForPublished(
  database: LessonContext['database'],
  orderId: string,
  type: string,
): Promise<OutboxRow> {
  const find = async () => (await database.outbox('order', orderId)).find((row) => row.type === type);
  return (await waitUntil(`${type} of ${orderId}`, find, (row) => row?.publishedAt instanceof Date))!;
}
