import { beforeEach, expect, test } from 'vitest';

import { type Database, statement } from '#database';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../../libs/test-support/database.js';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import { migrations } from '../persistence/migrations.js';
import { findOrder } from '../persistence/order-views.js';
import { listProduct } from './list-product.js';
import { OrderIntake } from './order-intake.js';

const database = await openDatabase(await testDatabase(), migrations);
const outbox = new Outbox(database, () => {}, 1);
const intake = new OrderIntake(database, outbox, { batchSizeMax: 10, deadlineMs: 60_000 });
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
  await outbox.measure();
});

function place(idempotencyKey: string) {
  const lines = [{ sku: 'TEA', quantity: 2 }];
  return intake.place({ ...cause, customerId: 'guest', lines, paymentToken: 'tok', idempotencyKey });
}

test('a full outbox refuses new orders, not the repetition of an accepted one', async () => {
  const accepted = await place('first');
  await outbox.measure();
  expect(outbox.isFull).toBe(true);
  expect(await place('first')).toEqual(accepted);
  expect(await place('second')).toEqual({ outcome: 'outbox_full' });
});

test('a key that met a full outbox stays unused', async () => {
  await place('first');
  await outbox.measure();
  expect(await place('second')).toEqual({ outcome: 'outbox_full' });
  await database.query(statement('publish', 'UPDATE outbox SET published_at = now()'));
  await outbox.measure();
  expect(await place('second')).toMatchObject({ outcome: 'accepted' });
});

test('an order is read in one statement, so version and history agree', async () => {
  const result = await place('first');
  if (result.outcome !== 'accepted') throw new Error(result.outcome);
  const statements: string[] = [];
  const recorded = Object.create(database) as Database;
  recorded.query = (sql, values) => {
    statements.push(sql.name);
    return database.query(sql, values);
  };
  expect(await findOrder(recorded, result.order.id, 'everyone')).toMatchObject({
    id: result.order.id,
    version: 1,
    lines: [{ sku: 'TEA', quantity: 2, unitPrice: 5, priceVersion: 1 }],
    history: [{ version: 1, trigger: 'placed', at: expect.any(Date) as Date }],
  });
  expect(statements).toEqual(['orders_find']);
});
