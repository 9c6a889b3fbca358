import { beforeEach, expect, test } from 'vitest';
import { statement } from '#database';
import { newId } from '#observability';
import { findAction, listActions, recordActions } from '#operator-log';
import { createGate } from '../../test-support/gate.js';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { addDeadLetters } from './add-dead-letters.js';
import { findDeadLetter, listDeadLetters } from './dead-letters.js';
import { eraseOrders } from './erase-orders.js';
import { deadLetterMigrations } from './migration.js';

const database = await openDatabase(await testDatabase(), deadLetterMigrations);
const pseudonym = 'erased-6f1c2d54-8a0b-4f0e-9b1d-3f2a7c5e9d10';

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters, operator_log, erased_orders'));
});

type Transaction = Parameters<typeof addDeadLetters>[0];

const add = (tx: Transaction, key: string, body: string): Promise<void> =>
  addDeadLetters(tx, [
    {
      queue: 'inventory.order-processing.0',
      key,
      messageId: key,
      type: 'order.placed.v1',
      failureReason: 'invalid_data',
      error: `MessageRejectedError: ${body}`,
      stack: body,
      attempts: 1,
      replay: 0,
      delivery: `ctag:${key}`,
      redelivered: false,
      exchange: 'order.events',
      routingKey: 'order.placed.0',
      publishedBy: 'order',
      properties: JSON.stringify({ body }),
      body: Buffer.from(body),
    },
  ]);

/** The dead letters as `key status`, with their stored text. */
async function readAll(): Promise<Record<string, string>> {
  const letters = await listDeadLetters(database, {}, 100);
  const details = await Promise.all(letters.map(({ id }) => findDeadLetter(database, id)));
  return Object.fromEntries(
    details.map((letter) => [
      `${letter!.messageId} ${letter!.status}`,
      [Buffer.from(letter!.bodyBase64, 'base64').toString(), letter!.error, letter!.stack].join(' '),
    ]),
  );
}

/** Resolves when a transaction waits for a lock on the table. */
async function waitForBlocked(): Promise<void> {
  const blocked = statement(
    'blocked',
    `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'dead_letters'::regclass) AS "isBlocked"`,
  );
  await expect.poll(() => database.query(blocked), { timeout: 30_000 }).toEqual([{ isBlocked: true }]);
}

const ERASED = `{"erased" : "${pseudonym}"} MessageRejectedError `;

test('removes every text of dead letters that name the order, and no other', async () => {
  const [orderId, other] = [newId(), newId()];
  await database.transaction(async (tx) => {
    await add(tx, 'valid', `{"data":{"orderId":"${orderId}","customerId":"alice"}}`);
    await add(tx, 'broken', `{"orderId":"${orderId.toUpperCase()}", alice`);
    await add(tx, 'other', `{"orderId":"${other}"}`);
    await eraseOrders(tx, [{ pseudonym, orderIds: [orderId] }]);
    await eraseOrders(tx, [{ pseudonym, orderIds: [orderId] }]);
  });
  expect(await readAll()).toMatchObject({
    'valid discarded': ERASED,
    'broken discarded': ERASED,
    'other open': expect.stringContaining(other) as string,
  });
});

test('removes a body that an operator replaced, and keeps position, operator and reason', async () => {
  const orderId = newId();
  const action = { action: 'edit', requestId: newId(), operator: 'wei', reason: 'a typo' };
  const replacedBody = Buffer.from(`{"orderId":"${orderId}","customerId":"alice"}`);
  await database.transaction((tx) => recordActions(tx, { ...action, subjects: ['1'], replacedBody }));
  const [before] = await listActions(database, undefined, 10);
  await database.transaction((tx) => eraseOrders(tx, [{ pseudonym, orderIds: [orderId] }]));
  const after = await findAction(database, before!.position);
  const { replacedBytes: _, ...kept } = before!;
  expect(after).toMatchObject(kept);
  expect(Buffer.from(after!.replacedBase64!, 'base64').toString()).toBe(`{"erased" : "${pseudonym}"}`);
});

test('a dead letter that another transaction adds first is erased', async () => {
  const orderId = newId();
  const [added, commit] = [createGate(), createGate()];
  const adding = database.transaction(async (tx) => {
    await add(tx, 'first', orderId);
    added.open();
    await commit.opened;
  });
  await added.opened;
  const erasing = database.transaction((tx) => eraseOrders(tx, [{ pseudonym, orderIds: [orderId] }]));
  await waitForBlocked();
  commit.open();
  await Promise.all([adding, erasing]);
  expect(await readAll()).toEqual({ 'first discarded': ERASED });
});

test('a dead letter that another transaction adds later is erased', async () => {
  const orderId = newId();
  const [erased, commit] = [createGate(), createGate()];
  const erasing = database.transaction(async (tx) => {
    await eraseOrders(tx, [{ pseudonym, orderIds: [orderId] }]);
    erased.open();
    await commit.opened;
  });
  await erased.opened;
  const adding = database.transaction((tx) => add(tx, 'later', orderId));
  await waitForBlocked();
  commit.open();
  await Promise.all([adding, erasing]);
  expect(await readAll()).toEqual({ 'later discarded': ERASED });
});
