import { beforeEach, describe, expect, test } from 'vitest';

import { statement } from '#database';
import type { DeadLetter } from '#messaging';
import { openDatabase } from '../../../test/setup/database.js';
import { meetingOf } from '../../../test/setup/gate.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { addDeadLetters, listDeadLetters, showDeadLetter } from './dead-letters.js';
import { CreateDeadLetters1763700000003 } from './migration.js';

const database = await openDatabase(await testDatabase(), [CreateDeadLetters1763700000003]);

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters'));
});

function letter(fields: Partial<DeadLetter> = {}): DeadLetter {
  return {
    queue: 'inventory.order-processing.0',
    key: 'key',
    messageId: 'key',
    type: 'order.placed.v1',
    reason: 'attempts_exhausted',
    error: 'Error: no',
    stack: null,
    attempts: 5,
    exchange: 'order.events',
    routingKey: 'order.placed.7',
    publishedBy: 'order',
    properties: '{"headers":{"nul":"\\u0000","lone":"\\ud800"}}',
    body: Buffer.from([0, 1, 255]),
    ...fields,
  };
}

function add(...letters: DeadLetter[]): Promise<void> {
  return database.transaction((tx) => addDeadLetters(tx, letters));
}

test('a dead letter is listed, and shown with its bytes as they were', async () => {
  await add(letter());
  const [summary] = await listDeadLetters(database, 'open', 10);
  expect(summary).toMatchObject({ messageId: 'key', attempts: 5, occurrences: 1, bodyBytes: 3 });
  expect(await showDeadLetter(database, summary!.id)).toMatchObject({
    ...summary,
    stack: null,
    properties: { headers: { nul: '\0', lone: '\ud800' } },
    bodyBase64: Buffer.from([0, 1, 255]).toString('base64'),
  });
});

test('the same message failing again in its queue is the same dead letter, as it failed last', async () => {
  await add(letter({ reason: 'invalid_data', publishedBy: 'somebody' }));
  const [first] = await listDeadLetters(database, 'open', 10);
  await database.query(statement('replay', "UPDATE dead_letters SET status = 'replayed'"));
  await add(letter({ body: Buffer.from('newer') }));
  expect(await listDeadLetters(database, 'open', 10)).toMatchObject([
    { id: first!.id, reason: 'attempts_exhausted', publishedBy: 'order', occurrences: 2, bodyBytes: 5 },
  ]);
});

describe('dead letters are told apart', () => {
  test('by their queue: each subscriber has its own', async () => {
    await add(letter(), letter({ queue: 'inventory.order-processing.1' }));
    expect(await listDeadLetters(database, 'open', 10)).toHaveLength(2);
  });

  test('by their status, newest first, up to a limit', async () => {
    for (const key of ['a', 'b', 'c']) await add(letter({ key, messageId: key }));
    await database.query(
      statement('discard', "UPDATE dead_letters SET status = 'discarded' WHERE key = 'c'"),
    );
    expect((await listDeadLetters(database, 'open', 1)).map(({ messageId }) => messageId)).toEqual(['b']);
    expect((await listDeadLetters(database, 'discarded', 9)).map(({ messageId }) => messageId)).toEqual([
      'c',
    ]);
  });
});

test('two copies in one batch are one dead letter', async () => {
  await add(letter(), letter());
  expect(await listDeadLetters(database, 'open', 10)).toMatchObject([{ occurrences: 2 }]);
});

test('two replicas that store the same letters at once, in any order, do not deadlock', async () => {
  const letters = Array.from({ length: 50 }, (_, n) => letter({ key: String(n), messageId: String(n) }));
  const bothBegan = meetingOf(2);
  const store = (order: readonly DeadLetter[]): Promise<void> =>
    database.transaction(async (tx) => {
      await bothBegan();
      await addDeadLetters(tx, order);
    });
  await Promise.all([store(letters), store(letters.toReversed())]);
  expect(await listDeadLetters(database, 'open', 100)).toHaveLength(50);
});

test('a batch of large bodies is stored', async () => {
  const body = Buffer.alloc(4 * 1024 * 1024, 'x');
  const letters = Array.from({ length: 12 }, (_, n) => letter({ key: String(n), body }));
  await add(...letters);
  const stored = await listDeadLetters(database, 'open', 100);
  expect(stored.map(({ bodyBytes }) => bodyBytes)).toEqual(letters.map(() => body.length));
});

test('one that is not there is not shown', async () => {
  expect(await showDeadLetter(database, '019a0000-0000-7000-8000-000000000000')).toBeUndefined();
});
