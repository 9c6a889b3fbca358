import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../test/setup/database.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { createEvent } from '../../../test/setup/relay-harness.js';
import { outboxMigrations } from './migration.js';
import { Outbox } from './outbox.js';
import { outboxLag } from './outbox-lag.js';

const database = await openDatabase(await testDatabase(), outboxMigrations);
const outbox = new Outbox(database, () => {}, 1_000);
const MINUTE_MS = 60_000;

/** Adds three events, of 30, 20 and 10 minutes ago. */
beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE outbox RESTART IDENTITY'));
  await database.transaction((tx) => outbox.add(tx, [createEvent(), createEvent(), createEvent()]));
  await database.query(
    statement('age', `UPDATE outbox SET occurred_at = now() - (40 - 10 * position) * interval '1 minute'`),
  );
});

async function minutesWaited(): Promise<number> {
  return Math.floor((await outboxLag(database)).oldestPendingMs / MINUTE_MS);
}

test('the oldest event that is to be published says how long the outbox stands still', async () => {
  expect(await minutesWaited()).toBe(30);
  await database.query(
    statement('publish_first', 'UPDATE outbox SET published_at = now() WHERE position = 1'),
  );
  expect(await minutesWaited()).toBe(20);
  await database.query(statement('publish', 'UPDATE outbox SET published_at = now()'));
  expect(await outboxLag(database)).toEqual({ oldestPendingMs: 0, parked: 0 });
});

test('what is set aside is counted, and does not wait', async () => {
  await database.query(statement('park', 'UPDATE outbox SET parked_at = now() WHERE position < 3'));
  expect(await minutesWaited()).toBe(10);
  expect((await outboxLag(database)).parked).toBe(2);
});
