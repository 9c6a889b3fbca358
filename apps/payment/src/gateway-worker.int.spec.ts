import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { orderPlaced, paymentOrderProcessing } from '#contracts';
import { statement } from '#database';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../test/setup/database.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { RecordingLog } from '../../../test/setup/recording-log.js';
import type { GatewayResponse } from './domain/payment.js';
import type { PaymentGateway } from './gateways/payment-gateway.js';
import { OrderProcessingConsumer } from './messaging/order-processing.consumer.js';
import type { LeasedOperation } from './persistence/gateway-operations.js';
import { migrations } from './persistence/migrations.js';
import { findPayment } from './persistence/payments.js';
import { GatewayQueue } from './use-cases/gateway-queue.js';
import { GatewayDispatcher } from './use-cases/gateway-worker.js';

const database = await openDatabase(await testDatabase(), migrations);
const CLEAR = statement('clear', 'TRUNCATE payments, gateway_operations, inbox, outbox');
const OPERATIONS = statement(
  'operations',
  `SELECT operation, attempts, next_attempt_at > now() AS "isLeased", outcome
   FROM gateway_operations ORDER BY created_at, idempotency_key`,
);
const LEASED = { attempts: 1, isLeased: true };
const EXPIRE_LEASES = statement('expire_leases', 'UPDATE gateway_operations SET next_attempt_at = now()');

beforeEach(async () => {
  await database.query(CLEAR);
});

/** Approves what it is asked, when it is told to. */
class ScriptedGateway implements PaymentGateway {
  readonly sent: LeasedOperation[] = [];
  private readonly pending: (() => void)[] = [];

  send(operation: LeasedOperation): Promise<GatewayResponse> {
    this.sent.push(operation);
    const { operation: name, idempotencyKey } = operation;
    return new Promise((resolve) => {
      this.pending.push(() =>
        resolve({ operation: name, idempotencyKey, outcome: 'approved', reference: `ref ${name}` }),
      );
    });
  }

  respondAll(): void {
    for (const respond of this.pending.splice(0)) respond();
  }

  close(): void {}
}

type Name = 'order.placed' | 'order.confirmed' | 'order.cancelled';

/** One replica of the payment service. Its worker looks into the database only when it is told to `start`. */
function replica({ concurrency = 4 } = {}) {
  const outbox = new Outbox(database, () => {}, 1_000);
  const gateway = new ScriptedGateway();
  const queue = new GatewayQueue({ concurrency, queueSizeMax: concurrency, timeoutMs: 5_000 });
  const dispatcher = new GatewayDispatcher(database, outbox, queue, gateway, new RecordingLog());
  const consumer = new OrderProcessingConsumer(outbox, queue);
  return {
    gateway,
    receive: (name: Name, ...orderIds: readonly string[]) =>
      database.transaction((tx) =>
        consumer.handle(orderIds.map((orderId) => createMessage(name, orderId)) as never, {
          tx,
          consumer: paymentOrderProcessing.consumer,
        }),
      ),
    start: () => {
      dispatcher.onApplicationBootstrap();
      onTestFinished(() => dispatcher.onModuleDestroy());
      const responding = setInterval(() => gateway.respondAll(), 5);
      onTestFinished(() => clearInterval(responding));
    },
  };
}

function createMessage(name: Name, orderId: string) {
  return {
    id: uuidv7(),
    name,
    version: 1,
    producer: 'order',
    subject: orderId,
    sequence: 1,
    correlationId: `flow of ${orderId}`,
    traceparent: `trace of ${orderId}`,
    data: name === 'order.placed' ? { ...orderPlaced.example, orderId } : { orderId, reason: 'timed_out' },
  };
}

function newIds(count: number): string[] {
  return Array.from({ length: count }, () => uuidv7());
}

async function findStatus(orderId: string): Promise<string | undefined> {
  return (await findPayment(database, orderId))?.status;
}

test('an intent that finds room is leased from the start, and asked after the commit although nobody looks for it', async () => {
  const { gateway, receive } = replica();
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  const { total, paymentToken } = orderPlaced.example;
  expect(gateway.sent).toEqual([
    expect.objectContaining({
      orderId,
      operation: 'authorize',
      idempotencyKey: `${orderId}:authorize`,
      money: total,
      token: paymentToken,
      correlationId: `flow of ${orderId}`,
    }),
  ]);
  expect(await database.query(OPERATIONS)).toEqual([
    { operation: 'authorize', attempts: 1, isLeased: true, outcome: null },
  ]);
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
  await receive('order.confirmed', orderId);
  expect(gateway.sent[1]).toMatchObject({ operation: 'capture', authorizationId: 'ref authorize' });
});

test('an intent that finds no room is due, and is asked by whoever has room', async () => {
  const [full, free] = [replica({ concurrency: 1 }), replica()];
  const orderIds = newIds(5);
  await full.receive('order.placed', ...orderIds);
  expect(full.gateway.sent).toHaveLength(1); // and a second one waits for its turn
  const leased = (await database.query<{ isLeased: boolean }>(OPERATIONS)).filter(({ isLeased }) => isLeased);
  expect(leased).toHaveLength(2);
  free.start();
  for (const orderId of orderIds.slice(2)) await expect.poll(() => findStatus(orderId)).toBe('authorized');
  expect(free.gateway.sent.map(({ orderId }) => orderId)).toEqual(orderIds.slice(2));
});

test('an intent whose transaction is rolled back is never asked, and leaves its room to others', async () => {
  const { gateway, receive } = replica({ concurrency: 1 });
  const [known = '', ...unknown] = newIds(3);
  await receive('order.placed', known);
  gateway.respondAll();
  await expect.poll(() => findStatus(known)).toBe('authorized');
  // An order that was never placed cannot be confirmed: the second message takes the first one with it.
  await expect(
    database.transaction(async () => {
      await receive('order.confirmed', known, unknown[0]!);
    }),
  ).rejects.toThrow('cannot take order.confirmed');
  await receive('order.placed', ...unknown);
  expect(gateway.sent.map(({ operation }) => operation)).toEqual(['authorize', 'authorize']);
  expect(await database.query(OPERATIONS)).toMatchObject([LEASED, LEASED, LEASED]);
});

test('what a process leaves behind is asked under the same key when its lease has run out', async () => {
  const [dead, alive] = [replica(), replica()];
  const [orderId = ''] = newIds(1);
  await dead.receive('order.placed', orderId); // it asks, and is never heard of again
  alive.start();
  await database.query(EXPIRE_LEASES);
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
  expect(alive.gateway.sent).toEqual([{ ...dead.gateway.sent[0], attempts: 2 }]);
});

test('a payment is asked one thing at a time: a void waits for the answer to the authorization', async () => {
  const { gateway, receive } = replica();
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  await receive('order.cancelled', orderId);
  expect(gateway.sent.map(({ operation }) => operation)).toEqual(['authorize']);
  gateway.respondAll();
  await expect.poll(() => gateway.sent.length).toBe(2);
  expect(gateway.sent[1]).toMatchObject({ operation: 'void', authorizationId: 'ref authorize' });
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('voided');
});
