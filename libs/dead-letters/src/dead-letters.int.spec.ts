import { beforeEach, describe, expect, test } from 'vitest';

import { statement } from '#database';
import type { DeadLetter } from '#messaging';
import { openDatabase } from '../../test-support/database.js';
import { createBarrier } from '../../test-support/gate.js';
import { testDatabase } from '../../test-support/servers.js';
import { addDeadLetters } from './add-dead-letters.js';
import { countDeadLetters, groupDeadLetters, listDeadLetters, findDeadLetter } from './dead-letters.js';
import type { DeadLetterFilter } from './filter.js';
import { deadLetterMigrations } from './migration.js';

const database = await openDatabase(await testDatabase(), deadLetterMigrations);

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters'));
});

let deliveries = 0;

function letter(fields: Partial<DeadLetter> = {}): DeadLetter {
  return {
    queue: 'inventory.order-processing.0',
    key: 'key',
    messageId: 'key',
    type: 'order.placed.v1',
    failureReason: 'attempts_exhausted',
    error: 'Error: no',
    stack: null,
    attempts: 5,
    replay: 0,
    delivery: `ctag:${(deliveries += 1)}`,
    redelivered: false,
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

test('a dead letter is listed, and shown with its original bytes', async () => {
  await add(letter());
  const [summary] = await listDeadLetters(database, 'open', 10);
  expect(summary).toMatchObject({ messageId: 'key', attempts: 5, occurrences: 1, bodyBytes: 3 });
  expect(await findDeadLetter(database, summary!.id)).toMatchObject({
    ...summary,
    stack: null,
    properties: { headers: { nul: '\0', lone: '\ud800' } },
    bodyBase64: Buffer.from([0, 1, 255]).toString('base64'),
  });
});

test('a message that fails again in its queue updates its dead letter', async () => {
  await add(letter({ failureReason: 'invalid_data', publishedBy: 'unknown' }));
  const [first] = await listDeadLetters(database, 'open', 10);
  await add(letter({ body: Buffer.from('newer') }));
  expect(await listDeadLetters(database, 'open', 10)).toMatchObject([
    {
      id: first!.id,
      failureReason: 'attempts_exhausted',
      publishedBy: 'order',
      occurrences: 2,
      bodyBytes: 5,
    },
  ]);
});

describe('occurrences', () => {
  const occurrences = async (): Promise<number[]> =>
    (await listDeadLetters(database, {}, 10)).map((found) => found.occurrences);
  const sentAgain = (status: string) =>
    database.query(statement(`sent_${status}`, `UPDATE dead_letters SET status = '${status}', replays = 1`));

  test('count both copies in one batch', async () => {
    await add(letter(), letter());
    expect(await occurrences()).toEqual([2]);
  });

  test('count a delivery once that is handled twice', async () => {
    const failed = letter();
    await add(failed);
    await add(failed);
    expect(await occurrences()).toEqual([1]);
  });

  test('count a delivery once that the broker repeats', async () => {
    await add(letter());
    await add(letter({ redelivered: true }));
    expect(await occurrences()).toEqual([1]);
  });

  test('count the first failure of a redelivered message', async () => {
    await add(letter({ redelivered: true }));
    expect(await occurrences()).toEqual([1]);
  });

  test.each(['replaying', 'replayed'])(
    'count a failed replay and reopen the dead letter: %s',
    async (status) => {
      await add(letter());
      await sentAgain(status);
      const failedAgain = letter({ replay: 1, attempts: 6, redelivered: true });
      await add(failedAgain);
      await add(failedAgain);
      expect(await listDeadLetters(database, 'open', 10)).toMatchObject([{ occurrences: 2, attempts: 6 }]);
    },
  );

  test('count a copy older than the replay; the status stays', async () => {
    await add(letter());
    await sentAgain('replayed');
    const copy = letter({ body: Buffer.from('old') });
    await add(copy);
    await add(copy);
    await add({ ...copy, delivery: 'elsewhere:1', redelivered: true });
    expect(await listDeadLetters(database, 'replayed', 10)).toMatchObject([{ occurrences: 2, bodyBytes: 3 }]);
    expect(await listDeadLetters(database, 'open', 10)).toEqual([]);
  });

  test('of a discarded dead letter: only a new failure reopens it', async () => {
    await add(letter());
    await database.query(statement('discard_all', `UPDATE dead_letters SET status = 'discarded'`));
    await add(letter({ redelivered: true }));
    expect(await listDeadLetters(database, 'discarded', 10)).toMatchObject([{ occurrences: 1 }]);
    await add(letter());
    expect(await listDeadLetters(database, 'open', 10)).toMatchObject([{ occurrences: 2 }]);
  });
});

describe('a list of dead letters', () => {
  test('has an entry for each queue', async () => {
    await add(letter(), letter({ queue: 'inventory.order-processing.1' }));
    expect(await listDeadLetters(database, 'open', 10)).toHaveLength(2);
  });

  test('has one status, newest first, up to a limit', async () => {
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

test('two replicas storing the same dead letters do not deadlock', async () => {
  const letters = Array.from({ length: 50 }, (_, n) => letter({ key: String(n), messageId: String(n) }));
  const bothBegan = createBarrier(2);
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

describe('dead letters are found', () => {
  const orderId = '019a0000-0000-7000-8000-00000000abcd';
  const found = async (filter: DeadLetterFilter): Promise<string[]> =>
    (await listDeadLetters(database, filter, 10)).map(({ messageId }) => String(messageId)).toSorted();

  beforeEach(async () => {
    await add(
      letter({
        key: 'a',
        messageId: 'a',
        failureReason: 'malformed',
        error: 'JsonRejectedError: at 17',
        type: null,
      }),
      letter({ key: 'b', messageId: 'b', body: Buffer.from(`cut in half, of ${orderId}, "li`) }),
      letter({ key: 'c', messageId: 'c', queue: 'inventory.other.1', type: 'order.confirmed.v2' }),
    );
  });

  test.each<[string, DeadLetterFilter, string[]]>([
    ['no criterion', {}, ['a', 'b', 'c']],
    ['a failure reason', { failureReason: 'malformed' }, ['a']],
    ['a part of the error, in any case', { error: 'jsonREJECTED' }, ['a']],
    ['an event', { type: 'order.placed' }, ['b']],
    ['an event in one version', { type: 'order.confirmed.v2' }, ['c']],
    ['an order in bytes that are no event', { orderId }, ['b']],
    ['a consumer', { consumers: ['inventory.other'] }, ['c']],
    ['no consumer', { consumers: [] }, []],
    ['an end in the future', { until: new Date(Date.now() + 3_600_000) }, ['a', 'b', 'c']],
    ['a start in the future', { since: new Date(Date.now() + 3_600_000) }, []],
    ['two criteria', { failureReason: 'malformed', type: 'order.placed' }, []],
  ])('by %s', async (_, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
    expect(await countDeadLetters(database, filter)).toBe(expected.length);
  });

  test('page by page', async () => {
    const [first, second] = await listDeadLetters(database, {}, 2);
    const [third, ...more] = await listDeadLetters(database, {}, 2, second!.id);
    expect(more).toEqual([]);
    expect([first, second, third].map((letter) => String(letter!.messageId)).toSorted()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  test('by cause: errors that differ in ids and numbers are one group', async () => {
    await add(
      letter({
        key: 'd',
        messageId: 'd',
        failureReason: 'malformed',
        error: 'JsonRejectedError: at 2301',
        type: null,
      }),
    );
    const [largest, ...others] = await groupDeadLetters(database, {}, 10);
    expect(largest).toMatchObject({ failureReason: 'malformed', error: 'JsonRejectedError: at N', count: 2 });
    expect(others.map(({ count }) => count)).toEqual([1, 1]);
    expect(await found({ cause: largest!.cause })).toEqual(['a', 'd']);
  });
});

test('an unknown id is undefined', async () => {
  expect(await findDeadLetter(database, '019a0000-0000-7000-8000-000000000000')).toBeUndefined();
});
