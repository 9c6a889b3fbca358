import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';

import { statement } from '#database';
import { pruneOperatorLog, recordActions } from '#operator-log';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { deadLetterMigrations } from './migration.js';
import { countOpenDeadLetters } from './dead-letters.js';
import { pruneDeadLetters } from './prune-dead-letters.js';

const database = await openDatabase(await testDatabase(), deadLetterMigrations);

const ADD = statement(
  'add_archived',
  `INSERT INTO dead_letters (id, queue, key, failure_reason, error, attempts, exchange, routing_key, properties, body, status,
                             first_failed_at, last_failed_at, archived_at)
   SELECT id, 'a.0', id::text, 'r', 'e', 1, 'x', 'y', '{}', '', $2, now() - interval '1 year', now() - interval '1 year',
          now() - $3::integer * interval '1 hour'
   FROM unnest($1::uuid[]) AS id`,
);
const REMAINING = statement(
  'left',
  'SELECT status, count(*) AS count FROM dead_letters GROUP BY status ORDER BY status',
);
const DISCARDED = statement(
  'lock_one',
  `SELECT id FROM dead_letters WHERE status = 'discarded' LIMIT 1 FOR UPDATE`,
);
const REOPEN = statement(
  'reopen',
  `UPDATE dead_letters SET status = 'open', archived_at = NULL WHERE id = $1`,
);

beforeEach(() => database.query(statement('clear', 'TRUNCATE dead_letters, operator_log')));

function add(count: number, status: string, archivedHoursAgo: number | null): Promise<unknown> {
  return database.query(ADD, [Array.from({ length: count }, () => uuidv7()), status, archivedHoursAgo]);
}

async function prune(): Promise<number[]> {
  const pages: number[] = [];
  for await (const deleted of pruneDeadLetters(database, 24)) pages.push(deleted);
  return pages;
}

test('archived dead letters are deleted after the retention, open ones never', async () => {
  await add(1, 'open', null);
  await add(130, 'replayed', 25);
  await add(130, 'discarded', 25);
  await add(2, 'discarded', 23);
  expect(await prune()).toEqual([100, 100, 60]);
  expect(await database.query(REMAINING)).toEqual([
    { status: 'discarded', count: 2 },
    { status: 'open', count: 1 },
  ]);
});

test('a dead letter that is being reopened is not deleted', async () => {
  await add(2, 'discarded', 25);
  await database.transaction(async (tx) => {
    const [locked] = await tx.query<{ id: string }>(DISCARDED);
    expect(await prune()).toEqual([1]);
    await tx.query(REOPEN, [locked?.id]);
  });
  expect(await prune()).toEqual([0]);
  expect(await database.query(REMAINING)).toEqual([{ status: 'open', count: 1 }]);
});

test('only open dead letters are counted', async () => {
  await add(3, 'open', null);
  await add(2, 'replayed', 1);
  expect(await countOpenDeadLetters(database)).toBe(3);
});

test('the operator log is pruned after its retention', async () => {
  const action = { operator: 'ada', reason: 'it was broken', action: 'replay' };
  await database.transaction((tx) =>
    recordActions(tx, { ...action, requestId: uuidv7(), subjects: ['a', 'b'] }),
  );
  for await (const deleted of pruneOperatorLog(database, 1)) expect(deleted).toBe(0);
  for await (const deleted of pruneOperatorLog(database, 0)) expect(deleted).toBe(2);
});
