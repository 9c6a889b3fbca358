import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { createEvent } from '../../test-support/relay-harness.js';
import { outboxMigrations } from './migration.js';
import { Outbox } from './outbox.js';
import { outboxLag } from './outbox-status.js';

const database = await openDatabase(await testDatabase(), outboxMigrations);
const outbox = new Outbox(database, () => {}, 1_000);
const MINUTE_MS = 60_000;

/** Adds three events, 30, 20 and 10 minutes old. */
beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE outbox RESTART IDENTITY'));
  await database.transaction((tx) => outbox.add(tx, [createEvent(), createEvent(), createEvent()]));
  await database.query(
    statement('age', `UPDATE outbox SET occurred_at = now() - (40 - 10 * position) * interval '1 minute'`),
  );
});

async function oldestPendingMinutes(): Promise<number> {
  return Math.floor((await outboxLag(database)).oldestPendingMs / MINUTE_MS);
}

test('the lag is the age of the oldest pending event', async () => {
  expect(await oldestPendingMinutes()).toBe(30);
  await database.query(
    statement('publish_first', 'UPDATE outbox SET published_at = now() WHERE position = 1'),
  );
  expect(await oldestPendingMinutes()).toBe(20);
  await database.query(statement('publish', 'UPDATE outbox SET published_at = now()'));
  expect(await outboxLag(database)).toEqual({ oldestPendingMs: 0, parked: 0 });
});

test('parked events are counted and are not pending', async () => {
  await database.query(statement('park', 'UPDATE outbox SET parked_at = now() WHERE position < 3'));
  expect(await oldestPendingMinutes()).toBe(10);
  expect((await outboxLag(database)).parked).toBe(2);
});
