import { beforeEach, describe, expect, test } from 'vitest';

import { inventoryOrderProcessing, orderPlaced } from '#contracts';
import { statement } from '#database';
import { encodeEnvelope, MessageRejectedError } from '#messaging';
import { listActions, findAction } from '#operator-log';
import { placedEvent } from '../../test-support/consuming-service.js';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { addDeadLetters } from './add-dead-letters.js';
import {
  discardDeadLetters,
  reopenDeadLetters,
  replayDeadLetters,
  replayProgress,
  SelectionChangedError,
  stopReplay,
} from './change-dead-letters.js';
import { listDeadLetters, findDeadLetter } from './dead-letters.js';
import { editDeadLetter, NotEditableError } from './edit-dead-letter.js';
import { deadLetterMigrations } from './migration.js';

const database = await openDatabase(await testDatabase(), deadLetterMigrations);
const by = { operator: 'wei', reason: 'the producer is fixed' };

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters, operator_log'));
});

interface DeadLetterInput {
  readonly key: string;
  readonly failureReason?: string;
  readonly messageId?: string | null;
  readonly body?: Buffer;
}

/** Stores dead letters and resolves to their ids, in the order given. */
async function addOpen(...letters: readonly DeadLetterInput[]): Promise<string[]> {
  await database.transaction((tx) =>
    addDeadLetters(
      tx,
      letters.map(({ key, failureReason = 'invalid_data', messageId = key, body = Buffer.from('{') }) => ({
        queue: 'inventory.order-processing.1',
        key,
        messageId,
        type: orderPlaced.type,
        failureReason,
        error: 'MessageRejectedError: no',
        stack: null,
        attempts: 1,
        replay: 0,
        delivery: `ctag:${key}`,
        redelivered: false,
        exchange: 'order.events',
        routingKey: 'order.placed.1',
        publishedBy: 'order',
        properties: '{}',
        body,
      })),
    ),
  );
  const all = await listDeadLetters(database, {}, 100);
  return letters.map(({ key, messageId = key }) => all.find((found) => found.messageId === messageId)!.id);
}

async function statuses(): Promise<string[]> {
  return (await listDeadLetters(database, {}, 100)).map(({ status }) => status).toSorted();
}

const replay = (selection: Parameters<typeof replayDeadLetters>[1]) =>
  database.transaction((tx) => replayDeadLetters(tx, selection, by));

describe('an action of an operator', () => {
  test('changes the selection and records operator and reason', async () => {
    const [a, b] = await addOpen({ key: 'a' }, { key: 'b' }, { key: 'c', failureReason: 'malformed' });
    const { requestId, count } = await replay({ filter: { failureReason: 'invalid_data' }, expected: 2 });
    expect(count).toBe(2);
    expect(await statuses()).toEqual(['open', 'replaying', 'replaying']);
    const actions = await listActions(database, undefined, 10);
    expect(new Set(actions.map(({ subject }) => subject))).toEqual(new Set([a, b]));
    expect(actions[0]).toMatchObject({ ...by, requestId, action: 'replay', replacedBytes: null });
    expect(await replayProgress(database, requestId)).toEqual({
      total: 2,
      waiting: 2,
      sent: 0,
      reopened: 0,
    });
  });

  test.each([
    ['more', 1],
    ['fewer', 3],
  ])('is refused when %s rows match than expected', async (_, expected) => {
    await addOpen({ key: 'a' }, { key: 'b' });
    await expect(replay({ filter: {}, expected })).rejects.toThrow(SelectionChangedError);
    expect(await statuses()).toEqual(['open', 'open']);
    expect(await listActions(database, undefined, 10)).toEqual([]);
  });

  test('can be stopped: dead letters without a lease are open again', async () => {
    const [leased] = await addOpen({ key: 'a' }, { key: 'b' }, { key: 'c' });
    const { requestId } = await replay({ filter: {}, expected: 3 });
    const LEASE = statement(
      'lease',
      `UPDATE dead_letters SET replay_due_at = now() + interval '1 minute' WHERE id = $1`,
    );
    await database.query(LEASE, [leased]);
    expect(await database.transaction((tx) => stopReplay(tx, requestId, by))).toEqual({
      requestId,
      count: 2,
    });
    expect(await replayProgress(database, requestId)).toEqual({
      total: 3,
      waiting: 1,
      sent: 0,
      reopened: 2,
    });
    expect(await listActions(database, leased, 10)).toMatchObject([{ action: 'replay' }]);
  });

  test('discards and reopens, and records both', async () => {
    const [id] = await addOpen({ key: 'a' });
    const selection = { filter: { ids: [id!] }, expected: 1 };
    await database.transaction((tx) =>
      discardDeadLetters(tx, selection, { ...by, reason: 'a test message' }),
    );
    expect(await statuses()).toEqual(['discarded']);
    await database.transaction((tx) => reopenDeadLetters(tx, selection, { ...by, reason: 'it was not' }));
    expect(await statuses()).toEqual(['open']);
    expect(await listActions(database, id, 10)).toMatchObject([
      { action: 'reopen', reason: 'it was not' },
      { action: 'discard', reason: 'a test message' },
    ]);
  });

  test('cannot be changed in the operator log', async () => {
    await addOpen({ key: 'a' });
    await replay({ filter: {}, expected: 1 });
    const forge = statement('forge', `UPDATE operator_log SET operator = 'mallory'`);
    await expect(database.query(forge)).rejects.toThrow('append-only');
  });
});

describe('an edit', () => {
  const event = placedEvent();
  const good = encodeEnvelope(event);
  const edit = (id: string, body: Buffer) =>
    database.transaction((tx) => editDeadLetter(tx, [inventoryOrderProcessing], { id, body }, by));

  test('replaces and replays the body, and keeps the old one', async () => {
    const [id] = await addOpen({ key: event.id, body: Buffer.from('{"cut in ha') });
    expect(await edit(id!, good)).toMatchObject({ count: 1 });
    const letter = await findDeadLetter(database, id!);
    expect(letter).toMatchObject({ status: 'replaying', replays: 1, messageId: event.id });
    expect(Buffer.from(letter!.bodyBase64, 'base64')).toEqual(good);
    const [action] = await listActions(database, id, 1);
    expect(action).toMatchObject({ ...by, action: 'edit-and-replay' });
    const { replacedBase64 } = (await findAction(database, action!.position))!;
    expect(Buffer.from(replacedBase64!, 'base64').toString()).toBe('{"cut in ha');
  });

  test('of a message without an id sets the event’s id', async () => {
    const [id] = await addOpen({ key: 'a hash', messageId: null });
    await edit(id!, good);
    expect(await findDeadLetter(database, id!)).toMatchObject({ messageId: event.id });
  });

  test.each<[string, Buffer, new (...args: never[]) => Error]>([
    ['is no JSON', Buffer.from('{'), MessageRejectedError],
    ['breaks the contract', encodeEnvelope({ ...event, data: '{}' }), MessageRejectedError],
    [
      'is of a type that the consumer does not subscribe to',
      encodeEnvelope({ ...event, type: 'order.completed.v1' }),
      MessageRejectedError,
    ],
    ['has another id than the message', encodeEnvelope({ ...event, id: placedEvent().id }), NotEditableError],
  ])('that %s is refused, and changes nothing', async (_, body, error) => {
    const [id] = await addOpen({ key: event.id });
    await expect(edit(id!, body)).rejects.toThrow(error);
    expect(await findDeadLetter(database, id!)).toMatchObject({ status: 'open', replays: 0, bodyBytes: 1 });
    expect(await listActions(database, id, 1)).toEqual([]);
  });

  test('of a forged message is refused', async () => {
    const [forged] = await addOpen({ key: event.id, failureReason: 'unexpected_publisher' });
    await expect(edit(forged!, good)).rejects.toThrow('discard it');
    const [anonymous] = await addOpen({ key: 'x', messageId: null });
    await database.query(statement('anonymous', 'UPDATE dead_letters SET published_by = NULL'));
    await expect(edit(anonymous!, good)).rejects.toThrow('discard it');
  });

  test('to the id of another dead letter is refused', async () => {
    const [id] = await addOpen({ key: 'a hash', messageId: null }, { key: event.id });
    await expect(edit(id!, good)).rejects.toThrow(/another dead letter .* has the id/);
  });

  test('of a dead letter that is not open is refused', async () => {
    const [id] = await addOpen({ key: event.id });
    await replay({ filter: {}, expected: 1 });
    await expect(edit(id!, good)).rejects.toThrow('the dead letter is replaying');
  });

  test('of an unknown id is undefined', async () => {
    expect(await edit('019a0000-0000-7000-8000-000000000000', good)).toBeUndefined();
  });
});
