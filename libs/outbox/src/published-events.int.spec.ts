import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { createEvent } from '../../test-support/relay-harness.js';
import { outboxMigrations } from './migration.js';
import { Outbox } from './outbox.js';
import { pruneOutbox } from './published-events.js';

const database = await openDatabase(await testDatabase(), outboxMigrations);
const outbox = new Outbox(database, () => {}, 1_000);
const RETENTION_HOURS = 24;

const CLEAR = statement('clear', 'TRUNCATE outbox RESTART IDENTITY');
const PUBLISHED = statement(
  'publish_earlier',
  `UPDATE outbox SET occurred_at = now() - interval '30 hours', published_at = now() - $3::integer * interval '1 hour'
   WHERE position BETWEEN $1 AND $2`,
);
const REMAINING = statement('remaining', 'SELECT position FROM outbox ORDER BY position');

beforeEach(() => database.query(CLEAR));

function add(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => createEvent());
  return database.transaction((tx) => outbox.add(tx, events));
}

async function remaining(): Promise<number[]> {
  return (await database.query<{ position: number }>(REMAINING)).map(({ position }) => position);
}

async function prune(): Promise<number[]> {
  const pages: number[] = [];
  for await (const deleted of pruneOutbox(database, RETENTION_HOURS)) pages.push(deleted);
  return pages;
}

test('an event is deleted when its retention after publishing has passed', async () => {
  await add(4);
  await database.query(PUBLISHED, [1, 2, 25]);
  await database.query(PUBLISHED, [3, 4, 23]);
  await prune();
  expect(await remaining()).toEqual([3, 4]);
});

test('thousands of events are deleted in pages', async () => {
  await add(1_201);
  await database.query(PUBLISHED, [1, 1_200, 25]);
  const pages = await prune();
  expect(await remaining()).toEqual([1_201]);
  expect(Math.max(...pages)).toBeLessThanOrEqual(500);
});

test('unpublished and parked events stay and do not block pruning', async () => {
  await add(1_200);
  await database.query(statement('age', `UPDATE outbox SET occurred_at = now() - interval '1 year'`));
  await database.query(statement('park', 'UPDATE outbox SET parked_at = now() WHERE position <= 300'));
  await database.query(PUBLISHED, [601, 1_200, 25]);
  await prune();
  expect(await remaining()).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
});
