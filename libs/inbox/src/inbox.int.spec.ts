import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';

import { orderConfirmed } from '#contracts';
import { statement, type Transaction } from '#database';
import type { EventMessage } from '#messaging';
import { openDatabase } from '../../test-support/database.js';
import { createGate, createBarrier } from '../../test-support/gate.js';
import { testDatabase } from '../../test-support/servers.js';
import { claim, recordOutcomes } from './inbox.js';
import { CreateInbox1763700000001 } from './migration.js';

const database = await openDatabase(await testDatabase(), [CreateInbox1763700000001]);
const CONSUMER = 'inventory.order-processing';
const OUTCOMES = statement('outcomes', 'SELECT message_id::text AS id, outcome FROM inbox ORDER BY position');

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE inbox'));
});

function message(fields: Partial<EventMessage> = {}): EventMessage {
  return {
    id: randomUUID(),
    name: orderConfirmed.name,
    version: 1,
    producer: 'order',
    subject: 'an order',
    sequence: 1,
    occurredAt: '2026-11-21T10:00:00Z',
    correlationId: 'an order',
    causationId: undefined,
    traceparent: undefined,
    data: {},
    ...fields,
  };
}

const messages = (count: number): EventMessage[] => Array.from({ length: count }, () => message());

function claimAll(all: readonly EventMessage[], consumer = CONSUMER): Promise<EventMessage[]> {
  return database.transaction((tx) => claim(tx, consumer, all));
}

test('messages are claimed once, in the given order', async () => {
  const [a, b, c] = messages(3) as [EventMessage, EventMessage, EventMessage];
  expect(await claimAll([b, a])).toEqual([b, a]);
  expect(await claimAll([c, a, b])).toEqual([c]);
  expect(await claimAll([a, b, c])).toEqual([]);
});

test('of two copies in one batch, one is claimed', async () => {
  const [a, b] = messages(2) as [EventMessage, EventMessage];
  expect(await claimAll([a, b, a])).toEqual([a, b]);
});

test('each consumer has its own claims', async () => {
  const all = messages(2);
  await claimAll(all);
  expect(await claimAll(all, 'payment.order-processing')).toEqual(all);
});

test('a rollback removes the claim: the message can be claimed again', async () => {
  const all = messages(2);
  const failed = database.transaction(async (tx) => {
    await claim(tx, CONSUMER, all);
    throw new Error('handler failed');
  });
  await expect(failed).rejects.toThrow('handler failed');
  expect(await claimAll(all)).toEqual(all);
});

test('claims of one batch are stored in sequence order per subject', async () => {
  const byId = messages(20).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const all = byId.map((each, index) => ({ ...each, sequence: 20 - index })).toReversed();
  expect(await claimAll(all)).toEqual(all);
  const claims = await database.query<{ id: string }>(OUTCOMES);
  expect(claims.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});

test('an empty batch claims no message', async () => {
  expect(await claimAll([])).toEqual([]);
});

test('concurrent claims: each message is claimed by one replica', async () => {
  const all = messages(3_000); // enough for the two statements to overlap
  const bothBegan = createBarrier(2);
  const replica = (order: readonly EventMessage[]): Promise<EventMessage[]> =>
    database.transaction(async (tx) => {
      await bothBegan();
      return claim(tx, CONSUMER, order);
    });
  const claimed = (await Promise.all([replica(all), replica(all.toReversed())])).flat();
  expect(claimed.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
});

test('a replica waits for a concurrent claim and follows its rollback', async () => {
  const all = messages(1);
  const [claimed, fail] = [createGate(), createGate()];
  const failing = database.transaction(async (tx: Transaction) => {
    await claim(tx, CONSUMER, all);
    claimed.open();
    await fail.opened;
    throw new Error('crashed');
  });
  failing.catch(() => {}); // awaited below
  await claimed.opened;
  const second = claimAll(all);
  fail.open();
  await expect(failing).rejects.toThrow('crashed');
  expect(await second).toEqual(all);
});

test('outcomes other than done are recorded', async () => {
  const [a, b, c] = messages(3) as [EventMessage, EventMessage, EventMessage];
  await database.transaction(async (tx) => {
    await claim(tx, CONSUMER, [a, b, c]);
    await recordOutcomes(tx, CONSUMER, [
      { message: a, outcome: 'done' },
      { message: b, outcome: 'already' },
      { message: c, outcome: 'overtaken' },
    ]);
  });
  const outcomes = await database.query<{ id: string; outcome: string }>(OUTCOMES);
  expect(Object.fromEntries(outcomes.map(({ id, outcome }) => [id, outcome]))).toEqual({
    [a.id]: 'done',
    [b.id]: 'already',
    [c.id]: 'overtaken',
  });
});
