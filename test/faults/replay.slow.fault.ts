import { connect } from 'amqplib';
import { expect, test } from 'vitest';

import { partitionQueue } from '#messaging';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';
import { type DeadLetter, Operator } from './dead-letter-operator.js';

const PARTITIONS = 4;
/** Messages per second: the replayer publishes batches of 100 and pauses 250 ms after each. */
const REPLAY_RATE_MAX = 400;
const FEW = 150;
const MANY = 10_000;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const inventory = environment.process('inventory');
const operator = await Operator.open(environment, 'inventory');
const sku = await shop.createProduct({ stock: 1_000_000 });
const orderRequest = createOrderRequest(sku);

/** Expects `count` dead letters that all match `each`. */
async function expectDeadLetters(count: number, each: Partial<DeadLetter>): Promise<void> {
  const deadLetters = await operator.deadLetters();
  expect(deadLetters).toHaveLength(count);
  for (const deadLetter of deadLetters) expect(deadLetter).toMatchObject(each);
}

/** Rows and stock that handling a message changes; a recognised duplicate changes none. */
async function readEffects(): Promise<object> {
  const rows = await environment.query(
    'inventory',
    `SELECT (SELECT count(*)::integer FROM inbox) AS handled, (SELECT count(*)::integer FROM outbox) AS published,
            (SELECT count(*)::integer FROM reservations) AS reservations`,
  );
  return { ...rows[0]!, stock: await shop.stock(sku) };
}

test('a replay killed midway has one effect per message', async () => {
  await environment.assertSurvives(async () => {
    await environment.query(
      'inventory',
      'ALTER TABLE reservations ADD CONSTRAINT mistake CHECK (false) NOT VALID',
    );
    const ids = await clients.placeMany(orderRequest, FEW);
    await operator.waitForCount(FEW, { status: ['open'], type: 'order.placed' });
    await expectDeadLetters(FEW, { failureReason: 'sqlstate_23514', attempts: 1, occurrences: 1 });

    expect(await operator.replayAll()).toBe(FEW);
    const failedAgain = async (): Promise<DeadLetter[]> =>
      (await operator.deadLetters()).filter(({ occurrences }) => occurrences === 2);
    await waitUntil('every message dead-lettered again', failedAgain, ({ length }) => length === FEW);
    await expectDeadLetters(FEW, { status: 'open', attempts: 2, replays: 1 });

    await environment.query('inventory', 'ALTER TABLE reservations DROP CONSTRAINT mistake');
    const recorder = await environment.recordMessages(['inventory.retry']);
    await inventory.restart({ INVENTORY_FAILPOINT: 'replayer.after-confirm' });
    expect(await operator.replayAll()).toBe(FEW);
    await inventory.exited;
    expect(inventory.signalCode).toBe('SIGKILL');
    expect(await operator.count({ status: ['replaying'] })).toBe(FEW);
    await inventory.start();
    // Messages in flight at the kill are replayed after their lease expires.
    await operator.waitForCount(FEW, { status: ['replayed'] }, 120_000);
    expect(recorder.duplicates.length).toBeGreaterThan(0);
    await environment.expectCompleted(ids);
  });
});

test('a replayed message that was handled has no effect', async () => {
  const before = await readEffects();
  await environment.assertSurvives(async () => {
    const deadLetters = await operator.deadLetters();
    expect(deadLetters).toHaveLength(FEW);
    // An operator replays again, unsure whether every message was received.
    await environment.query('inventory', `UPDATE dead_letters SET status = 'open', archived_at = NULL`);
    const recorder = await environment.recordMessages(['inventory.retry']);
    expect(await operator.replayAll()).toBe(FEW);
    await operator.waitForCount(FEW, { status: ['replayed'] });
    const undelivered = async (): Promise<DeadLetter[]> =>
      deadLetters.filter(({ messageId }) => !recorder.hasReceived(messageId!));
    await waitUntil('every message replayed', undelivered, ({ length }) => length === 0);
  });
  // The shop is idle, so every message has been consumed.
  expect(await readEffects()).toEqual(before);
});

test('ten thousand replays keep the rate limit and orders continue', async () => {
  await environment.assertSurvives(async () => {
    await environment.query('inventory', 'DELETE FROM dead_letters');
    const connection = await connect(environment.rabbitmqUrl);
    const channel = await connection.createConfirmChannel();
    for (let number = 0; number < MANY; number += 1) {
      const queue = partitionQueue('inventory.order-processing', number % PARTITIONS);
      channel.sendToQueue(queue, Buffer.from(`bad message ${number}`), { persistent: true });
    }
    await channel.waitForConfirms();
    await connection.close();
    await operator.waitForCount(MANY, { status: ['open'], failureReason: 'malformed' }, 180_000);

    const startedAt = performance.now();
    expect(await operator.replayAll()).toBe(MANY);
    const waiting = (): Promise<number> => operator.count({ status: ['replaying'] });
    const ids: string[] = [];
    while ((await waiting()) > MANY / 2) {
      const id = await clients.place(orderRequest);
      await environment.expectCompleted([id]);
      ids.push(id);
    }
    expect(await waiting(), 'orders were completed before all was sent').toBeGreaterThan(0);
    expect(ids.length).toBeGreaterThan(0);
    await waitUntil('every message replayed', waiting, (count) => count === 0, {
      timeoutMs: 180_000,
      checkIntervalMs: 100,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(MANY / seconds).toBeLessThanOrEqual(REPLAY_RATE_MAX * 1.02); // no pause before the first hundred

    await operator.waitForCount(MANY, { status: ['open'] }, 180_000);
    await expectDeadLetters(MANY, { attempts: 2, replays: 1, occurrences: 2 });
  });
});
