import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { orderPlaced, paymentOrderProcessing } from '#contracts';
import { type Database, type Statement, statement } from '#database';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../libs/test-support/database.js';
import { createGate } from '../../../libs/test-support/gate.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import { RecordingLog } from '../../../libs/test-support/recording-log.js';
import type { GatewayResponse } from './domain/payment.js';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  UnverifiedOperationError,
} from './gateways/payment-gateway.js';
import { OrderProcessingConsumer } from './messaging/order-processing.consumer.js';
import {
  type LeasedOperation,
  leaseOperations,
  markCompleted,
  park,
  reschedule,
} from './persistence/gateway-operations.js';
import { migrations } from './persistence/migrations.js';
import { release } from './persistence/operator-selections.js';
import { findPayment } from './persistence/payments.js';
import { GatewayCircuit } from './use-cases/gateway-circuit.js';
import { GatewayDispatcher } from './use-cases/gateway-dispatcher.js';

const database = await openDatabase(await testDatabase(), migrations);
const CLEAR = statement('clear', 'TRUNCATE payments, gateway_operations, inbox, outbox');
const OPERATIONS = statement(
  'operations',
  `SELECT operation, attempts, next_attempt_at AS "nextAttemptAt", next_attempt_at > now() AS "isLeased", outcome, parked_at IS NOT NULL AS "isParked"
   FROM gateway_operations ORDER BY created_at, idempotency_key`,
);
const EXPIRE_LEASES = statement('expire_leases', 'UPDATE gateway_operations SET next_attempt_at = now()');

const AGE_KEYS = statement(
  'age_keys',
  `UPDATE gateway_operations SET next_attempt_at = now(), first_sent_at = first_sent_at - interval '25 hours'`,
);
const PARKED = statement(
  'parked',
  'SELECT parked_cause AS cause, last_error AS error FROM gateway_operations',
);

const LOCK = statement('lock', 'LOCK TABLE gateway_operations');
const LOCK_WAITS = statement(
  'lock_waits',
  `SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND relation = 'gateway_operations'::regclass`,
);
const DATABASE_TIME = statement('database_time', 'SELECT clock_timestamp() AS time');

const LATE = { delayMs: 0, error: 'late', isRejection: false, isCounted: false };

interface OperationRow {
  readonly operation: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly isLeased: boolean;
  readonly isParked: boolean;
  readonly outcome: string | null;
}

beforeEach(async () => {
  await database.query(CLEAR);
});

/** Approves operations when the test calls `respondAll`. */
class ScriptedGateway implements PaymentGateway {
  readonly sent: LeasedOperation[] = [];
  readonly lookedUp: string[] = [];
  /** The result of a lookup; default: not executed. */
  lookup: PaymentGateway['find'] = () => Promise.resolve(undefined);
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

  find(operation: LeasedOperation): Promise<GatewayResponse | undefined> {
    this.lookedUp.push(operation.operation);
    return this.lookup(operation);
  }

  respondAll(): void {
    for (const respond of this.pending.splice(0)) respond();
  }

  get sentOperations(): string[] {
    return this.sent.map(({ operation }) => operation);
  }

  close(): void {}
}

interface ReplicaOptions {
  readonly concurrency?: number;
  readonly lookup?: 'none' | 'old-keys' | 'always';
  /** Runs the statements of the dispatcher. Default the database of the file. */
  readonly leasing?: Database;
}

type Name = 'order.placed' | 'order.confirmed' | 'order.cancelled';

/** One replica of the payment service. Its dispatcher leases operations after `start`. */
function createReplica({ concurrency = 4, lookup = 'old-keys', leasing = database }: ReplicaOptions = {}) {
  const outbox = new Outbox(database, () => {}, 1_000);
  const gateway = new ScriptedGateway();
  const log = new RecordingLog();
  const circuit = new GatewayCircuit({ failuresMax: 10, openMs: 5_000 }, log);
  const options = {
    concurrency,
    timeoutMs: 5_000,
    parkAfterMs: 3_600_000,
    keyRetentionMs: 86_400_000,
    lookup,
    circuit,
  };
  const dispatcher = new GatewayDispatcher(leasing, outbox, gateway, log, options);
  const consumer = new OrderProcessingConsumer(outbox, dispatcher);
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
      onTestFinished(async () => {
        const responding = setInterval(() => gateway.respondAll(), 5);
        await dispatcher.onModuleDestroy();
        clearInterval(responding);
      });
    },
  };
}

function createStartedReplica(options?: ReplicaOptions) {
  const replica = createReplica(options);
  replica.start();
  return replica;
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

function listOperations(): Promise<OperationRow[]> {
  return database.query<OperationRow>(OPERATIONS);
}

function complete(operation: LeasedOperation): Promise<void> {
  return database.transaction((tx) => markCompleted(tx, [{ ...operation, outcome: 'approved' }]));
}

async function findStatus(orderId: string): Promise<string | undefined> {
  return (await findPayment(database, orderId))?.status;
}

test('an operation is leased and sent after its commit', async () => {
  const { gateway, receive } = createStartedReplica();
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  await expect.poll(() => gateway.sentOperations).toEqual(['authorize']);
  const { total, paymentToken } = orderPlaced.example;
  expect(gateway.sent[0]).toMatchObject({
    orderId,
    idempotencyKey: `${orderId}:authorize`,
    money: total,
    token: paymentToken,
    correlationId: `flow of ${orderId}`,
  });
  expect(await listOperations()).toMatchObject([{ attempts: 0, isLeased: true, outcome: null }]);
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
  expect(await listOperations()).toMatchObject([{ attempts: 1, outcome: 'approved' }]);
  await receive('order.confirmed', orderId);
  await expect.poll(() => gateway.sentOperations).toEqual(['authorize', 'capture']);
  expect(gateway.sent[1]).toMatchObject({ authorizationId: 'ref authorize' });
});

test('operations beyond the capacity stay due for other replicas', async () => {
  const full = createStartedReplica({ concurrency: 1 });
  const orderIds = newIds(5);
  await full.receive('order.placed', ...orderIds);
  await expect.poll(() => full.gateway.sent.length).toBe(1);
  expect((await listOperations()).filter(({ isLeased }) => isLeased)).toHaveLength(1);
  const free = createStartedReplica();
  await expect.poll(() => free.gateway.sent.length).toBe(4);
  expect([...full.gateway.sent, ...free.gateway.sent].map(({ orderId }) => orderId).toSorted()).toEqual(
    orderIds,
  );
});

test('an operation is never sent when its transaction rolls back', async () => {
  const { gateway, receive } = createStartedReplica();
  const [known = '', unknown = '', next = ''] = newIds(3);
  await receive('order.placed', known);
  await expect.poll(() => gateway.sent.length).toBe(1);
  gateway.respondAll();
  await expect.poll(() => findStatus(known)).toBe('authorized');
  // `unknown` has no payment to confirm: the whole batch rolls back.
  await expect(receive('order.confirmed', known, unknown)).rejects.toThrow('cannot take order.confirmed');
  await receive('order.placed', next);
  await expect.poll(() => gateway.sentOperations).toEqual(['authorize', 'authorize']);
  expect(await listOperations()).toHaveLength(2);
});

test('a crashed process leaves a lease that expires; the key stays', async () => {
  const { gateway, receive, start } = createReplica();
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  const [lost] = await leaseOperations(database, 1, 60_000); // by the process that crashes
  start();
  await database.query(EXPIRE_LEASES);
  await expect
    .poll(() => gateway.sent)
    .toEqual([
      { ...lost, leasedUntil: expect.any(String) as string, keyAgeMs: expect.any(Number) as number },
    ]);
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
});

test('a lease whose reply the database loses counts no attempt', async () => {
  let lost = 0;
  const leasing = Object.create(database) as Database;
  leasing.query = (async (sql: Statement, values?: unknown[]) => {
    const rows = await database.query(sql, values);
    if (!sql.name.startsWith('gateway_operations_lease') || rows.length === 0 || lost === 3) return rows;
    lost += 1;
    await database.query(EXPIRE_LEASES);
    throw new Error('Connection terminated unexpectedly');
  }) as Database['query'];
  const { gateway, receive } = createStartedReplica({ leasing });
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  await expect.poll(() => gateway.sent).toMatchObject([{ attempts: 1 }]);
  expect([lost, await listOperations()]).toMatchObject([3, [{ attempts: 0, isLeased: true }]]);
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
  expect(await listOperations()).toMatchObject([{ attempts: 1, outcome: 'approved' }]);
});

test.each([
  ['rescheduled', (operation) => reschedule(database, operation, LATE)],
  ['parked', (operation) => park(database, operation, 'rejected', 'late')],
  ['completed', complete],
] as const satisfies readonly (readonly [string, (operation: LeasedOperation) => Promise<void>])[])(
  'an operation is not %s under an expired lease',
  async (_, change) => {
    await createReplica().receive('order.placed', ...newIds(1));
    const [expired] = await leaseOperations(database, 1, 60_000);
    await database.query(EXPIRE_LEASES);
    const [current] = await leaseOperations(database, 1, 60_000);
    const before = await listOperations();
    await change(expired!);
    expect(await listOperations()).toEqual(before);
    await change(current!);
    expect(await listOperations()).not.toEqual(before);
  },
);

test('a lock wait does not shorten a lease', async () => {
  await createReplica().receive('order.placed', ...newIds(1));
  const [locked, released] = [createGate(), createGate()];
  const locking = database.transaction(async (tx) => {
    await tx.query(LOCK);
    locked.open();
    await released.opened;
  });
  await locked.opened;
  const leasing = leaseOperations(database, 1, 60_000);
  await expect.poll(() => database.query(LOCK_WAITS)).toEqual([{ count: 1 }]);
  const [waited] = await database.query<{ time: Date }>(DATABASE_TIME);
  released.open();
  await Promise.all([locking, leasing]);
  const [operation] = await listOperations();
  expect(operation!.nextAttemptAt.getTime() - waited!.time.getTime()).toBeGreaterThanOrEqual(60_000);
});

describe('an operation whose key is older than the gateway remembers', () => {
  /** A replica and an order whose first request, a day ago, was interrupted by a crash. */
  async function createInterrupted(options?: ReplicaOptions) {
    const replica = createReplica(options);
    const [orderId = ''] = newIds(1);
    await replica.receive('order.placed', orderId);
    const [lost] = await leaseOperations(database, 1, 60_000);
    expect(lost!.keyAgeMs).toBeLessThan(1_000);
    await database.query(AGE_KEYS);
    return { ...replica, orderId };
  }

  test('takes the outcome that the gateway has', async () => {
    const { gateway, start, orderId } = await createInterrupted();
    gateway.lookup = ({ operation, idempotencyKey }) =>
      Promise.resolve({ operation, idempotencyKey, outcome: 'approved', reference: 'auth_1' });
    start();
    await expect.poll(() => findStatus(orderId)).toBe('authorized');
    expect([gateway.lookedUp, gateway.sentOperations]).toEqual([['authorize'], []]);
  });

  test('is sent when the gateway has no record of it', async () => {
    const { gateway, start } = await createInterrupted();
    start();
    await expect.poll(() => gateway.sentOperations).toEqual(['authorize']);
    expect(gateway.lookedUp).toEqual(['authorize']);
  });

  test.each([
    ['the gateway executed it under another key', 'old-keys'],
    ['the gateway has no lookup', 'none'],
  ] as const)('is parked when %s', async (_, lookup) => {
    const { gateway, start } = await createInterrupted({ lookup });
    const error = 'the gateway executed authorize under another';
    gateway.lookup = () => Promise.reject(new UnverifiedOperationError(error));
    start();
    await expect.poll(() => database.query(PARKED)).toMatchObject([{ cause: 'unverified' }]);
    expect(gateway.sentOperations).toEqual([]);
  });

  test('is sent again only by a release that names it', async () => {
    const { gateway, start, orderId } = await createInterrupted({ lookup: 'none' });
    start();
    await expect.poll(() => database.query(PARKED)).toMatchObject([{ cause: 'unverified' }]);
    const releaseAll = await database.transaction((tx) => release(tx, { operation: 'authorize' }));
    expect(releaseAll).toEqual([]);
    expect(await database.transaction((tx) => release(tx, { cause: 'unverified' }))).toEqual([orderId]);
    await expect.poll(() => gateway.sentOperations).toEqual(['authorize']);
  });

  test('is neither sent nor parked while the lookup fails', async () => {
    const { gateway, start } = await createInterrupted();
    gateway.lookup = () => Promise.reject(new OutcomeUnknownError('503'));
    start();
    await expect.poll(() => database.query(PARKED)).toEqual([{ cause: null, error: '503' }]);
    expect(gateway.sentOperations).toEqual([]);
  });
});

test('every operation is looked up first after a restore, with `always`', async () => {
  const { gateway, receive } = createStartedReplica({ lookup: 'always' });
  const [orderId = ''] = newIds(1);
  gateway.lookup = ({ operation, idempotencyKey }) =>
    Promise.resolve({ operation, idempotencyKey, outcome: 'approved', reference: 'auth_1' });
  await receive('order.placed', orderId);
  await expect.poll(() => findStatus(orderId)).toBe('authorized');
  expect([gateway.lookedUp, gateway.sentOperations]).toEqual([['authorize'], []]);
});

test('a payment has one operation in progress: void waits for authorize', async () => {
  const { gateway, receive } = createStartedReplica();
  const [orderId = ''] = newIds(1);
  await receive('order.placed', orderId);
  await expect.poll(() => gateway.sentOperations).toEqual(['authorize']);
  await receive('order.cancelled', orderId);
  expect(await listOperations()).toHaveLength(1);
  gateway.respondAll();
  await expect.poll(() => gateway.sentOperations).toEqual(['authorize', 'void']);
  expect(gateway.sent[1]).toMatchObject({ authorizationId: 'ref authorize' });
  gateway.respondAll();
  await expect.poll(() => findStatus(orderId)).toBe('voided');
});
