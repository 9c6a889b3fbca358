import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../libs/test-support/database.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import { migrations } from './persistence/migrations.js';
import { backgroundTasks } from './background-tasks.js';

const database = await openDatabase(await testDatabase(), migrations);
const MINUTE_MS = 60_000;
const { alarms, pruneTasks } = backgroundTasks({
  idempotencyKeyRetentionHours: 24,
  stalledAfterMs: 10 * MINUTE_MS,
});
const [orders] = alarms?.(database) ?? [];
const [keys] = pruneTasks?.(database) ?? [];

const ADD_ORDER = statement(
  'add_order',
  `INSERT INTO orders (id, customer_id, status, stock, stock_sequence, payment, payment_sequence, version, total_amount,
                       currency, correlation_id, deadline_at, updated_at)
   VALUES ($1, 'c', $2, 'none', 0, 'none', 0, 1, 1, 'CNY', 'c', now() + $3 * interval '1 minute',
           now() - $4 * interval '1 minute')`,
);
const ADD_KEYS = statement(
  'add_keys',
  `INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
   SELECT 'c', $2 || i, '', $3, now() - $2::integer * interval '1 hour' FROM generate_series(1, $1::integer) AS i`,
);
const COUNT_KEYS = statement('keys_left', 'SELECT count(*) AS count FROM idempotency_keys');

beforeEach(() => database.query(statement('clear', 'TRUNCATE orders, idempotency_keys')));

/** Adds an order with its last step some minutes ago. */
function addOrder(status: string, minutes: number, minutesToDeadline = 0): Promise<unknown> {
  return database.query(ADD_ORDER, [uuidv7(), status, minutesToDeadline, minutes]);
}

test('an order stuck in confirmed or cancelling raises an alarm', async () => {
  await addOrder('completed', 1_000);
  await addOrder('cancelled', 1_000);
  await addOrder('confirmed', 9);
  await addOrder('cancelling', 9);
  expect(await orders?.check()).toBeUndefined();

  await addOrder('confirmed', 11);
  await addOrder('cancelling', 11);
  await addOrder('cancelling', 12);
  expect(await orders?.check()).toBe('stuck orders: cancelling: 2, confirmed: 1');
});

test('a pending order raises an alarm long after its deadline', async () => {
  await addOrder('pending', 1_000, 5);
  await addOrder('pending', 1_000, -9);
  expect(await orders?.check()).toBeUndefined();
  await addOrder('pending', 1_000, -11);
  expect(await orders?.check()).toBe('stuck orders: pending: 1');
});

test('expired idempotency keys are deleted in pages', async () => {
  await database.query(ADD_KEYS, [1_200, '25', uuidv7()]);
  await database.query(ADD_KEYS, [3, '23', uuidv7()]);
  const pages: number[] = [];
  for await (const deleted of keys?.prune() ?? []) pages.push(deleted);
  expect(pages).toEqual([500, 500, 200]);
  expect(await database.query(COUNT_KEYS)).toEqual([{ count: 3 }]);
});
