import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { inventoryOrderProcessing } from '#contracts';
import { type Database, statement } from '#database';
import { BrokerConnection, ConfirmPublisher, encodeEnvelope, type EnvelopeFields } from '#messaging';
import { BrokerProbe } from '../../test-support/broker-probe.js';
import {
  ConsumingService,
  toIds,
  PermanentError,
  placedEvent,
  placedEvents,
} from '../../test-support/consuming-service.js';
import { RecordingLog } from '../../test-support/recording-log.js';
import { addDeadLetters } from './add-dead-letters.js';
import { replayDeadLetters } from './change-dead-letters.js';
import { listDeadLetters } from './dead-letters.js';
import { editDeadLetter } from './edit-dead-letter.js';
import { Replayer } from './replayer.js';

// The service's broker user has only the permissions that its consumer needs.
const service = await ConsumingService.prepare({ partitions: 2 });
const { database, probe, users } = service;
const retries = await probe.collectPublished('inventory.retry');
const order = await BrokerProbe.open(service.brokerUrl('order'));
const orderEvents = await probe.collectPublished('order.events');
const by = { operator: 'wei', reason: 'the bug is fixed' };
const everything = { filter: {}, expected: 1 };

beforeEach(async () => {
  await database.query(statement('clear_actions', 'TRUNCATE operator_log'));
});

/** Starts a replayer of the service and stops it after the test. */
async function startReplayer(through: Database = database) {
  const log = new RecordingLog();
  const connection = new BrokerConnection({ url: service.brokerUrl('inventory'), name: 'replays', log });
  const replayer = new Replayer({
    service: 'inventory',
    brokerUser: users.inventory,
    database: through,
    publisher: new ConfirmPublisher(connection, log),
    subscriptions: [inventoryOrderProcessing],
    partitions: 2,
    log,
  });
  await connection.start();
  replayer.onApplicationBootstrap();
  const stop = async (): Promise<void> => {
    await replayer.onModuleDestroy();
    await connection.close();
  };
  onTestFinished(stop);
  return { log, stop };
}

/** Stores events as dead letters of partition 1, as after five attempts. */
async function addExhausted(...events: readonly EnvelopeFields[]): Promise<void> {
  const letters = events.map((event) => ({
    queue: service.queue(1),
    key: event.id,
    messageId: event.id,
    type: event.type,
    failureReason: 'attempts_exhausted',
    error: 'Error: no',
    stack: null,
    attempts: 5,
    replay: 0,
    delivery: `ctag:${event.id}`,
    redelivered: false,
    exchange: 'order.events',
    routingKey: 'order.placed.1',
    publishedBy: users.order,
    properties: JSON.stringify({ type: event.type, contentType: 'application/cloudevents+json' }),
    body: encodeEnvelope(event),
  }));
  await database.transaction((tx) => addDeadLetters(tx, letters));
}

const replay = (selection = everything) => database.transaction((tx) => replayDeadLetters(tx, selection, by));

const sentCopies = ({ id }: EnvelopeFields) =>
  retries.items.filter(({ properties }) => properties.messageId === id);

const findLetter = async ({ id }: EnvelopeFields) =>
  (await listDeadLetters(database, {}, 1_000)).find(({ messageId }) => messageId === id);

describe('a replayed dead letter', () => {
  test('takes effect under its own id; no other subscriber receives it', async () => {
    const event = placedEvent();
    await addExhausted(event);
    await service.start();
    await startReplayer();
    const receivedBefore = orderEvents.items.length;
    await replay();
    await expect.poll(() => service.effectIds()).toEqual([event.id]);
    await expect
      .poll(() => findLetter(event))
      .toMatchObject({ status: 'replayed', replays: 1, occurrences: 1 });
    expect(sentCopies(event)[0]).toMatchObject({
      content: encodeEnvelope(event),
      fields: { routingKey: `1s.${service.queue(1)}` },
      properties: { messageId: event.id, userId: users.inventory },
    });
    expect(orderEvents.items).toHaveLength(receivedBefore);
  });

  test('that was handled after all has no second effect', async () => {
    const [event, later] = placedEvents(2) as [EnvelopeFields, EnvelopeFields];
    const { batches } = await service.start();
    await startReplayer();
    await service.publishToPartition(1, [event]);
    await expect.poll(() => service.effectIds()).toEqual([event.id]);
    await addExhausted(event);
    await replay();
    await expect.poll(() => batches.items).toEqual([[event.id], []]);
    await service.publishToPartition(1, [later]);
    await expect.poll(() => service.effectIds()).toEqual(toIds([event, later]));
    expect(await findLetter(event)).toMatchObject({ status: 'replayed' });
  });

  test('that fails again is open, with one attempt more', async () => {
    const event = placedEvent();
    await addExhausted(event);
    const { log } = await service.start({ hook: () => Promise.reject(new Error('still no')) });
    await startReplayer();
    for (const times of [1, 2]) {
      await replay();
      await log.waitFor('dead letter', times);
      expect(await findLetter(event)).toMatchObject({
        status: 'open',
        attempts: 5 + times,
        occurrences: 1 + times,
        error: 'Error: still no',
        exchange: 'order.events',
        publishedBy: users.order,
      });
    }
    expect(sentCopies(event)).toHaveLength(2); // one attempt for each replay
  });

  test('takes effect with its edited body', async () => {
    const event = placedEvent();
    const { log } = await service.start();
    const cut = encodeEnvelope(event).subarray(0, 100);
    await order.publish('', service.queue(1), cut, { messageId: event.id, userId: users.order });
    await log.waitFor('dead letter');
    const letter = await findLetter(event);
    expect(letter).toMatchObject({ failureReason: 'malformed', publishedBy: users.order });
    await startReplayer();
    const body = encodeEnvelope(event);
    await database.transaction((tx) =>
      editDeadLetter(tx, [inventoryOrderProcessing], { id: letter!.id, body }, by),
    );
    await expect.poll(() => service.effectIds()).toEqual([event.id]);
    expect(await findLetter(event)).toMatchObject({ status: 'replayed', attempts: 1 });
  });

  test('takes effect once after a crash between publish and commit', async () => {
    const event = placedEvent();
    await addExhausted(event);
    const { batches } = await service.start();
    const killed = await startReplayer(failOnMarkSent(database));
    await replay();
    await killed.log.waitFor('dead letters not replayed; retrying');
    await killed.stop();
    expect(await findLetter(event)).toMatchObject({ status: 'replaying' });

    const EXPIRE_LEASES = statement('expire_leases', 'UPDATE dead_letters SET replay_due_at = now()');
    await database.query(EXPIRE_LEASES);
    await startReplayer();
    await expect.poll(() => findLetter(event)).toMatchObject({ status: 'replayed' });
    await expect.poll(() => batches.items.flat()).toEqual([event.id]);
    await expect.poll(() => batches.items.length).toBe(2);
    expect(sentCopies(event)).toHaveLength(2);
    expect(await service.effectIds()).toEqual([event.id]);
  });

  test('that fails before the commit is open', async () => {
    const event = placedEvent();
    await addExhausted(event);
    const { log } = await service.start({ hook: () => Promise.reject(new PermanentError('no')) });
    // Commits only after the message has failed.
    const slow = Object.create(database) as Database;
    slow.query = async (sql, values) => {
      if (sql.name === 'dead_letters_mark_sent') await log.waitFor('dead letter');
      return database.query(sql, values);
    };
    const replayer = await startReplayer(slow);
    await replay();
    await replayer.log.waitFor('dead letters replayed');
    expect(await findLetter(event)).toMatchObject({ status: 'open', attempts: 6, occurrences: 2 });
  });
});

test('two replicas share dead letters in batches of a hundred', async () => {
  const events = placedEvents(250);
  await addExhausted(...events);
  await service.start();
  const replayers = [await startReplayer(), await startReplayer()];
  await replay({ filter: {}, expected: 250 });
  await expect
    .poll(async () => new Set(await service.effectIds()), { timeout: 20_000 })
    .toEqual(new Set(toIds(events)));
  const batches = replayers.flatMap(({ log }) =>
    log.entries
      .filter(({ message }) => message === 'dead letters replayed')
      .map(({ fields }) => fields['messages']),
  ) as number[];
  expect(Math.max(...batches)).toBe(100);
  expect(batches.reduce((sum, count) => sum + count, 0)).toBe(250);
  expect(
    retries.items.filter(({ properties }) => toIds(events).includes(properties.messageId as string)),
  ).toHaveLength(250);
});

test('a dead letter without a consumer is reopened, not published', async () => {
  const event = placedEvent();
  await addExhausted(event);
  await database.query(statement('gone', `UPDATE dead_letters SET queue = 'inventory.gone.1'`));
  const { log } = await startReplayer();
  await replay();
  await log.waitFor('dead letter cannot be replayed; reopened');
  await expect.poll(() => findLetter(event)).toMatchObject({ status: 'open' });
  expect(sentCopies(event)).toEqual([]);
});

/** A database that fails between publish and commit. */
function failOnMarkSent(real: Database): Database {
  const broken = Object.create(real) as Database;
  broken.query = (sql, values) =>
    sql.name === 'dead_letters_mark_sent' ? Promise.reject(new Error('killed')) : real.query(sql, values);
  return broken;
}
