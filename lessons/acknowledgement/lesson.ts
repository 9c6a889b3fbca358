import { randomUUID } from 'node:crypto';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { acknowledgeFirst, POINTS_TABLES, PointsProgram, type Receive } from '../naive/points.js';
import { withSandbox } from '../naive/sandbox.js';
import { advice, labels, texts } from './texts.js';

const MESSAGES = 10;
const SKU = 'RICE-WUCHANG-5KG';
/** Orders whose messages inventory handles while it is killed. */
const ORDERS = 6;

export const acknowledgement: Lesson<{ receive: Receive }> = {
  number: 5,
  slug: 'acknowledgement',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/points.ts', name: 'acknowledgeFirst' },
      run: (context) => handleTen(context, () => Promise.resolve(acknowledgeFirst)),
    },
  ],
  ours,
  exports: ['receive'],
  check: (context, load) => handleTen(context, async () => (await load()).receive),
  readNext: [
    'libs/messaging/src/consume/batch-handler.ts',
    'libs/failpoints/src/failpoints.ts',
    'test/faults/failpoints.fault.ts',
  ],
};

/** Handles ten messages, with a fault in the first delivery of every second one up to message 8. */
function handleTen(
  { sandbox: urls }: LessonContext,
  load: () => Promise<Receive>,
): Promise<readonly Count[]> {
  const tables = `${POINTS_TABLES}; CREATE UNIQUE INDEX ON credits (order_id)`;
  return withSandbox(urls, tables, async (sandbox) => {
    const queue = await sandbox.declareQueue('points');
    const ids = Array.from({ length: MESSAGES }, () => randomUUID());
    await sandbox.publish(
      ids.map((id) => ({ queue, body: JSON.stringify({ id, orderId: id }), messageId: id })),
    );
    const seen = new Set<string>();
    const program = new PointsProgram(sandbox, {
      queue,
      load,
      beforeDelivery: (points, { properties }) => {
        const id = String(properties.messageId);
        if (seen.has(id)) return;
        seen.add(id);
        if (id === ids[1]) points.failBefore(/insert/i);
        if (id === ids[3]) points.killAt('before', /insert/i);
        if (id === ids[5]) points.killAt('after', /insert/i);
        if (id === ids[7]) points.killBeforeAck();
      },
    });
    await program.run();
    const { rowCount: credited } = await program.db.query('SELECT FROM credits');
    return [
      { label: labels.messages, value: MESSAGES },
      { label: labels.deliveries, value: program.deliveries },
      violation(labels.lost, MESSAGES - credited, advice.lost),
      violation(labels.unacknowledged, program.unacknowledged, advice.unacknowledged),
    ];
  });
}

/** Places orders; inventory is killed after the commit of their messages and before the acknowledgement. */
async function ours({ shop, control }: LessonContext): Promise<ShopRun> {
  const before = await shop.stock(SKU);
  await control.restartWith('inventory', { INVENTORY_FAILPOINT: 'consumer.after-commit' });
  const placed = await Promise.all(Array.from({ length: ORDERS }, () => shop.place(createOrderRequest(SKU))));
  const ids = placed.map(({ id }) => id);
  await control.waitForExit('inventory');
  await control.start('inventory');
  await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  const deducted = (await shop.stock(SKU)).deducted - before.deducted;
  const sql = `SELECT type, outcome, claimed_at FROM inbox WHERE subject = '${ids.at(-1)}' ORDER BY position`;
  return {
    counts: [
      { label: labels.kills, value: 1 },
      { label: labels.ordered, value: ids.length },
      { label: labels.deducted, value: deducted },
      violation(labels.lost, Math.max(0, ids.length - deducted)),
      violation(labels.doubled, Math.max(0, deducted - ids.length)),
    ],
    rows: [{ service: 'inventory', sql }],
  };
}
