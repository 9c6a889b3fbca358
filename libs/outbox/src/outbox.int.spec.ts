import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { createEvent } from '../../test-support/relay-harness.js';
import { outboxMigrations } from './migration.js';
import { Outbox } from './outbox.js';

const database = await openDatabase(await testDatabase(), outboxMigrations);
let wakes = 0;
let outbox: Outbox;

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE outbox'));
  wakes = 0;
  outbox = new Outbox(database, () => (wakes += 1), 3);
});

function add(count: number): Promise<void> {
  return database.transaction((tx) =>
    outbox.add(
      tx,
      Array.from({ length: count }, () => createEvent()),
    ),
  );
}

test('onCommitted is called once per commit that added events', async () => {
  await add(2);
  expect(wakes).toBe(1);
  await add(0);
  expect(wakes).toBe(1);
  const rolledBack = database.transaction(async (tx) => {
    await outbox.add(tx, [createEvent()]);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  expect(wakes).toBe(1);
});

test('it is full from pendingMax on, as of the last measure', async () => {
  expect(await outbox.measure()).toBe(0);
  await add(2);
  expect(await outbox.measure()).toBe(2);
  expect(outbox.isFull).toBe(false);
  await add(5);
  expect(outbox.isFull).toBe(false); // not measured yet
  expect(await outbox.measure()).toBe(3); // counted up to pendingMax
  expect(outbox.isFull).toBe(true);
  await database.query(statement('publish', 'UPDATE outbox SET published_at = now()'));
  await outbox.measure();
  expect(outbox.isFull).toBe(false);
});

test('parked events do not fill it', async () => {
  await add(4);
  await database.query(statement('park', 'UPDATE outbox SET parked_at = now()'));
  expect(await outbox.measure()).toBe(0);
  expect(outbox.isFull).toBe(false);
});
