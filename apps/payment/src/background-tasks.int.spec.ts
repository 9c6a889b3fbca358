import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../libs/test-support/database.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import { migrations } from './persistence/migrations.js';
import { backgroundTasks } from './background-tasks.js';

const database = await openDatabase(await testDatabase(), migrations);
const MINUTE_MS = 60_000;
const circuit = { isOpen: false, describe: (): string | undefined => undefined };
const { alarms, gauges, pruneTasks } = backgroundTasks(
  { gatewayOperationRetentionHours: 24, stalledAfterMs: 10 * MINUTE_MS },
  circuit,
);
const [gateway, circuitAlarm] = alarms?.(database) ?? [];
const [operations] = pruneTasks?.(database) ?? [];

const CLEAR = statement('clear', 'TRUNCATE payments, gateway_operations');
const ADD_PAYMENT = statement(
  'add_payment',
  `INSERT INTO payments (order_id, status, cancel_requested, version) VALUES ($1, 'authorizing', false, 1)`,
);
const ADD_OPERATIONS = statement(
  'add_operations',
  `INSERT INTO gateway_operations (idempotency_key, order_id, operation, correlation_id, created_at, completed_at)
   SELECT $1 || ':' || $3 || ':' || i, $1::uuid, 'authorize', 'c', now() - $3::integer * interval '1 minute',
          CASE WHEN $4::boolean THEN now() - $3::integer * interval '1 minute' END
   FROM generate_series(1, $2::integer) AS i`,
);
const COUNT_OPERATIONS = statement('left', 'SELECT count(*) AS count FROM gateway_operations');

const orderId = uuidv7({ msecs: Date.now() - 26 * 60 * MINUTE_MS });

beforeEach(async () => {
  await database.query(CLEAR);
  await database.query(ADD_PAYMENT, [orderId]);
});

function addOperations(count: number, minutesAgo: number, isCompleted: boolean): Promise<unknown> {
  return database.query(ADD_OPERATIONS, [orderId, count, String(minutesAgo), isCompleted]);
}

test('operations pending for too long raise the alarm', async () => {
  await addOperations(2, 9, false);
  await addOperations(2, 1_000, true);
  expect(await gateway?.check()).toBeUndefined();
  await addOperations(3, 11, false);
  expect(await gateway?.check()).toBe('pending gateway operations: 3');
});

test('completed operations are pruned by age; pending ones stay', async () => {
  await addOperations(1_200, 25 * 60, true);
  await addOperations(4, 25 * 60 + 1, false);
  await addOperations(3, 23 * 60, true);
  const pages: number[] = [];
  for await (const deleted of operations?.prune() ?? []) pages.push(deleted);
  expect(pages).toEqual([500, 500, 200]);
  expect(await database.query(COUNT_OPERATIONS)).toEqual([{ count: 7 }]);
});

test('an open circuit raises an alarm and sets its gauge', async () => {
  const gauge = gauges?.(database).find(({ name }) => name === 'gateway_circuit_open');
  expect([await circuitAlarm?.check(), await gauge?.read()]).toEqual([undefined, 0]);
  Object.assign(circuit, { isOpen: true, describe: () => 'circuit open for 3 s: 404' });
  expect(circuitAlarm?.name).toBe('gateway-circuit');
  expect([await circuitAlarm?.check(), await gauge?.read()]).toEqual(['circuit open for 3 s: 404', 1]);
});
