import { describe, expect, test } from 'vitest';

import { type Database, statement } from '#database';
import { listDeadLetters } from '#dead-letters';
import {
  ConsumingService,
  openServiceDatabase,
  placedEvents,
  toIds,
} from '../../../test-support/consuming-service.js';
import { createGate } from '../../../test-support/gate.js';
import type { EnvelopeFields } from '../envelope.js';
import { CrashMarks, pruneCrashMarks } from './crash-marks.js';
import type { Delivery } from '../subscribe/delivery.js';

const PARTITIONS = 4;
const service = await ConsumingService.prepare({ partitions: PARTITIONS });
const { database } = service;

const PID = statement('pid', 'SELECT pg_backend_pid() AS pid');
const TERMINATE = statement('terminate', 'SELECT pg_terminate_backend($1)');
const SLEEP = statement('sleep', 'SELECT pg_sleep(60)');
const COUNT_MARKS = statement('count_marks', 'SELECT count(*)::integer AS count FROM crash_marks');
const MARKS = statement(
  'marks',
  'SELECT key, cardinality(processes) AS crashes FROM crash_marks ORDER BY key',
);

async function countMarks(): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT_MARKS);
  return row!.count;
}

/** Ids of the open dead letters with their reasons. */
async function deadLetters(): Promise<string[]> {
  const letters = await listDeadLetters(database, 'open', 100);
  return letters.map(({ messageId, failureReason }) => `${messageId} ${failureReason}`).toSorted();
}

/**
 * Starts a process that ends as soon as it handles one of `killers`: it loses its connections with the transaction open.
 * Resolves to a function that resolves once it has ended.
 */
async function startMortal(killers: ReadonlySet<string>): Promise<{ ended: Promise<void> }> {
  const ending = createGate();
  const { connection } = await service.start({
    hook: async (messages, { tx }) => {
      if (!messages.some(({ id }) => killers.has(id))) return;
      const [row] = await tx.query<{ pid: number }>(PID);
      const asleep = tx.query(SLEEP);
      asleep.catch(() => {}); // awaited below
      await connection.close();
      await database.query(TERMINATE, [row!.pid]);
      ending.open();
      await asleep;
    },
  });
  return { ended: ending.opened };
}

/** Restarts the process, one run after the other, until every message is handled or given up. Resolves to the crashes. */
async function runUntilHandled(
  events: readonly EnvelopeFields[],
  killers: ReadonlySet<string>,
  replicas = 1,
) {
  const isDone = async (): Promise<boolean> => {
    const handled = await service.effectIds();
    return handled.length + (await deadLetters()).length >= events.length;
  };
  let crashes = 0;
  const running = new Set<Promise<void>>();
  const startOne = async (): Promise<void> => {
    const { ended } = await startMortal(killers);
    const run = ended.then(() => {
      crashes += 1;
      running.delete(run);
    });
    running.add(run);
  };
  while (!(await isDone())) {
    while (running.size < replicas) await startOne();
    const checked = new Promise((resolve) => void setTimeout(resolve, 20));
    await Promise.race([...running, checked]);
  }
  return crashes;
}

describe('a message that ends its process becomes a dead letter, its neighbours are handled:', () => {
  test.each([
    ['first in its batch', [0], 1],
    ['in the middle', [20], 1],
    ['last in its batch', [39], 1],
    ['two in one batch', [3, 4], 1],
    ['one per partition', [8, 9, 10, 11], 1],
    ['taken over by another replica', [0, 21], 2],
  ])('%s', async (_, killing, replicas) => {
    const events = placedEvents(40);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const own = events.filter((_event, n) => n % PARTITIONS === partition);
      await service.publishToPartition(partition, own);
    }
    const killers = new Set(killing.map((n) => events[n]!.id));
    const crashes = await runUntilHandled(events, killers, replicas);
    expect(await deadLetters()).toEqual([...killers].map((id) => `${id} consumer_crashed`).toSorted());
    const innocent = toIds(events).filter((id) => !killers.has(id));
    expect((await service.effectIds()).toSorted()).toEqual(innocent.toSorted());
    expect(crashes).toBeLessThanOrEqual(4 * killers.size);
    expect(await countMarks()).toBe(0);
  });
});

function redelivered(messageId: string | undefined, text = ''): Delivery {
  const fields = { redelivered: true };
  return {
    queue: service.queue(0),
    content: Buffer.from(text),
    fields,
    properties: { messageId },
  } as Delivery;
}

function fresh(id: string): Delivery {
  return { ...redelivered(id), fields: { redelivered: false } } as Delivery;
}

/** A database that fails the test when a statement runs. */
const unusable = { query: () => expect.fail('a statement ran'), transaction: () => expect.fail() } as never;

describe('crash marks', () => {
  const [a, b, c] = [redelivered('a'), redelivered('b'), redelivered('c')] as const;
  const nothing = (): Promise<void> => Promise.resolve();

  test('a batch without redelivered messages costs no statement', async () => {
    const marks = new CrashMarks(unusable as Database);
    const deliveries = [fresh('a'), fresh('b')];
    expect(await marks.split(deliveries)).toEqual([{ deliveries, crashes: 0 }]);
    await marks.run({ deliveries, crashes: 0 }, nothing);
    await marks.remove(unusable, deliveries);
    await marks.withdraw();
  });

  test('a message that was marked by another process is handled alone, in order', async () => {
    await new CrashMarks(database).run({ deliveries: [b], crashes: 0 }, nothing);
    const parts = await new CrashMarks(database).split([a, b, fresh('d'), c]);
    expect(parts.map(({ deliveries, crashes }) => [deliveries.length, crashes])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
  });

  test('a process counts once, however often it repeats the batch', async () => {
    const marks = new CrashMarks(database);
    for (const deliveries of [[a, a], [a], [a]]) await marks.run({ deliveries, crashes: 0 }, nothing);
    expect(await marks.split([a])).toEqual([{ deliveries: [a], crashes: 0 }]);
    expect(await new CrashMarks(database).split([a])).toEqual([{ deliveries: [a], crashes: 1 }]);
  });

  test('while a suspect is handled, no other batch of the process is', async () => {
    const marks = new CrashMarks(database);
    const [suspectStarted, suspectMayEnd] = [createGate(), createGate()];
    const suspect = marks.run({ deliveries: [a], crashes: 1 }, () => {
      suspectStarted.open();
      return suspectMayEnd.opened;
    });
    await suspectStarted.opened;
    let others = 0;
    const count = (): Promise<void> => Promise.resolve(void (others += 1));
    const waiting = [marks.runUnmarked(count), marks.run({ deliveries: [b], crashes: 0 }, count)];
    await new Promise((resolve) => void setImmediate(resolve));
    expect(others).toBe(0);
    suspectMayEnd.open();
    await Promise.all([suspect, ...waiting]);
    expect(others).toBe(2);
  });

  test('a process that stops withdraws its marks', async () => {
    const marks = new CrashMarks(database);
    const [started, mayEnd] = [createGate(), createGate()];
    const running = marks.run({ deliveries: [a], crashes: 0 }, () => {
      started.open();
      return mayEnd.opened;
    });
    await started.opened;
    await marks.withdraw();
    expect(await new CrashMarks(database).split([a])).toEqual([{ deliveries: [a], crashes: 0 }]);
    mayEnd.open();
    await running;
  });

  test('tell messages without id apart by their bytes', async () => {
    const [one, other] = [redelivered(undefined, 'one'), redelivered(undefined, 'other')];
    await new CrashMarks(database).run({ deliveries: [one], crashes: 0 }, nothing);
    const parts = await new CrashMarks(database).split([one, other]);
    expect(parts.map(({ crashes }) => crashes)).toEqual([1, 0]);
  });

  test('without the database nothing is handled and nothing counts', async () => {
    const closed = await openServiceDatabase(service.databaseUrl);
    const failing = {
      query: () => Promise.reject(new Error('unavailable')),
      transaction: closed.transaction,
    };
    const marks = new CrashMarks(failing as unknown as Database);
    const handle = (): Promise<void> => expect.fail('handled without a mark');
    await expect(marks.split([a])).rejects.toThrow('unavailable');
    await expect(marks.run({ deliveries: [a], crashes: 0 }, handle)).rejects.toThrow('unavailable');
    expect(await countMarks()).toBe(0);
  });

  test('are pruned by age', async () => {
    await new CrashMarks(database).run({ deliveries: [a, b], crashes: 0 }, nothing);
    await database.query(
      statement('age', `UPDATE crash_marks SET marked_at = now() - interval '25 hours' WHERE key = 'a'`),
    );
    const pages: number[] = [];
    for await (const page of pruneCrashMarks(database, 24)) pages.push(page);
    expect(pages).toEqual([1]);
    expect(await database.query(MARKS)).toEqual([{ key: 'b', crashes: 1 }]);
  });
});
