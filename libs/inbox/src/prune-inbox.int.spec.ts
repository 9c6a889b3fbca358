import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { deadLetterMigrations } from '#dead-letters';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { pruneInbox } from './inbox.js';
import { CreateInbox1763700000001 } from './migration.js';

const database = await openDatabase(await testDatabase(), [
  CreateInbox1763700000001,
  ...deadLetterMigrations,
]);
const RETENTION_HOURS = 24;

const CLEAR = statement('clear', 'TRUNCATE inbox, dead_letters');
const CLAIM = statement(
  'claim_earlier',
  `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence, claimed_at)
   SELECT $1, unnest($2::uuid[]), 'order.placed.v1', 'order', 'an order', 1, now() - $3::integer * interval '1 hour'`,
);
const REMAINING = statement(
  'left',
  'SELECT message_id AS id FROM inbox WHERE consumer = $1 ORDER BY message_id',
);
const ADD_DEAD_LETTER = statement(
  'add_dead_letter',
  `INSERT INTO dead_letters (id, queue, key, message_id, failure_reason, error, attempts, exchange, routing_key, properties, body)
   VALUES ($1, 'a.0', $2, $2, 'reason', 'error', 1, 'x', 'y', '{}', '')`,
);

beforeEach(() => database.query(CLEAR));

/** Adds claims that are `hoursAgo` old; resolves to the ids of their messages. */
async function addClaims(count: number, hoursAgo: number, consumer = 'a'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  await database.query(CLAIM, [consumer, ids, hoursAgo]);
  return ids;
}

async function remaining(consumer = 'a'): Promise<string[]> {
  return (await database.query<{ id: string }>(REMAINING, [consumer])).map(({ id }) => id);
}

async function prune(): Promise<number[]> {
  const pages: number[] = [];
  for await (const deleted of pruneInbox(database, RETENTION_HOURS)) pages.push(deleted);
  return pages;
}

test('a claim is deleted when its retention has passed', async () => {
  await addClaims(3, 25);
  const young = await addClaims(2, 23);
  await prune();
  expect(await remaining()).toEqual(young);
});

test('thousands of claims are deleted in pages', async () => {
  await addClaims(1_200, 25);
  const young = await addClaims(1, 0);
  const pages = await prune();
  expect(await remaining()).toEqual(young);
  expect(Math.max(...pages)).toBeLessThanOrEqual(500);
  expect(pages.reduce((sum, page) => sum + page)).toBe(1_200);
});

test('claims that one consumer keeps do not block another consumer', async () => {
  const young = await addClaims(1_200, 1, 'a');
  await addClaims(700, 25, 'b');
  await addClaims(700, 1, 'c');
  await addClaims(1, 25, 'd');
  await prune();
  expect(await Promise.all(['a', 'b', 'd'].map(remaining))).toEqual([young, [], []]);
});

test('a dead letter keeps its claim', async () => {
  const [kept, ...deleted] = (await addClaims(600, 25)) as [string, ...string[]];
  await database.query(ADD_DEAD_LETTER, [uuidv7(), kept.toUpperCase()]);
  expect((await prune()).reduce((sum, page) => sum + page)).toBe(deleted.length);
  expect(await remaining()).toEqual([kept]);

  await database.query(statement('forget_dead_letters', 'DELETE FROM dead_letters'));
  await prune();
  expect(await remaining()).toEqual([]);
});
