import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { statement } from '#database';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../../libs/test-support/database.js';
import { RecordingLog } from '../../../../libs/test-support/recording-log.js';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import { migrations } from '../persistence/migrations.js';
import { findOrder } from '../persistence/order-views.js';
import { DeadlineWatch } from './deadline-watch.js';
import { listProduct } from './list-product.js';
import { OrderChanges } from './order-changes.js';
import { OrderIntake } from './order-intake.js';

const DEADLINE_MS = 60_000;
const EXTENSION_MAX_MS = 3_600_000;

const database = await openDatabase(await testDatabase(), migrations);
const outbox = new Outbox(database, () => {}, 1_000);
const intake = new OrderIntake(database, outbox, { batchSizeMax: 10, deadlineMs: DEADLINE_MS });
const cause = { correlationId: 'spec', traceparent: 'spec' };

await database.transaction((tx) =>
  listProduct(
    tx,
    outbox,
    { sku: 'TEA', name: { en: 'Tea', zh: '茶' }, price: { amount: 5, currency: 'CNY' } },
    cause,
    'spec',
  ),
);

beforeEach(async () => {
  await database.query(
    statement('clear', 'TRUNCATE outbox, orders, order_lines, order_transitions, idempotency_keys'),
  );
});

/** Places an order, ages it, and sets the publication of its event. Times are minutes ago; null: not published. */
async function placeAgo(minutes: number, publishedMinutesAgo: number | null): Promise<string> {
  const result = await intake.place({
    ...cause,
    customerId: 'guest',
    lines: [{ sku: 'TEA', quantity: 1 }],
    paymentToken: 'tok',
    idempotencyKey: crypto.randomUUID(),
  });
  if (result.outcome !== 'accepted') throw new Error(result.outcome);
  const { id } = result.order;
  const age = (column: string): string => `${column} = ${column} - $2 * interval '1 minute'`;
  await database.query(
    statement('age', `UPDATE orders SET ${age('placed_at')}, ${age('deadline_at')} WHERE id = $1`),
    [id, minutes],
  );
  await database.query(
    statement(
      'publish',
      `UPDATE outbox SET published_at = now() - $2 * interval '1 minute' WHERE subject = $1`,
    ),
    [id, publishedMinutesAgo],
  );
  return id;
}

function watch(unreadReason: () => string | undefined = () => undefined): RecordingLog {
  const log = new RecordingLog();
  const deadlines = new DeadlineWatch(database, outbox, new OrderChanges(), {
    deadlineMs: DEADLINE_MS,
    deadlineExtensionMaxMs: EXTENSION_MAX_MS,
    unreadReason: () => Promise.resolve(unreadReason()),
    log,
  });
  deadlines.onApplicationBootstrap();
  onTestFinished(() => deadlines.onModuleDestroy());
  return log;
}

async function readStatus(id: string): Promise<string | undefined> {
  return (await findOrder(database, id, 'everyone'))?.status;
}

async function minutesToDeadline(id: string): Promise<number> {
  const order = await findOrder(database, id, 'everyone');
  return Math.round((order!.deadlineAt.getTime() - Date.now()) / 60_000);
}

test('the deadline runs from the publication of the order', async () => {
  const early = await placeAgo(20, 19);
  const late = await placeAgo(20, 0);
  const unpublished = await placeAgo(20, null);
  watch();
  await expect.poll(() => readStatus(early)).toBe('cancelling');
  expect(await Promise.all([late, unpublished].map(readStatus))).toEqual(['pending', 'pending']);
  expect(await Promise.all([late, unpublished].map(minutesToDeadline))).toEqual([1, 1]);
});

test('an outage extends a deadline up to the maximum', async () => {
  const unpublished = await placeAgo(62, null);
  watch();
  await expect.poll(() => readStatus(unpublished)).toBe('cancelling');
});

test('no order is cancelled while its answers may be unread', async () => {
  const id = await placeAgo(20, 19);
  let reason: string | undefined = 'messages ready in the queues: 7';
  let asked = 0;
  const log = watch(() => {
    asked += 1;
    return reason;
  });
  await expect.poll(() => asked).toBeGreaterThan(2);
  expect(await readStatus(id)).toBe('pending');
  expect(log.count('deadlines wait for unread answers')).toBe(1);
  reason = undefined;
  await expect.poll(() => readStatus(id)).toBe('cancelling');
});
