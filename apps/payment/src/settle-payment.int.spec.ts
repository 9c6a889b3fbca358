import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';

import { orderPlaced } from '#contracts';
import { statement } from '#database';
import { ActionScope, performAction } from '#operator-api';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../libs/test-support/database.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import type { OrderEvent, Payment } from './domain/payment.js';
import { decideOnOrder } from './domain/payment.js';
import { SettlementRefusedError } from './domain/settle-outside.js';
import {
  addOperations,
  type LeasedOperation,
  leaseOperations,
  listOperations,
  park,
  reschedule,
} from './persistence/gateway-operations.js';
import { migrations } from './persistence/migrations.js';
import { findPayment, lockPayments, savePayments } from './persistence/payments.js';
import { advancePayments } from './use-cases/advance-payments.js';
import { applyResponses } from './use-cases/apply-responses.js';
import { settlePayment } from './use-cases/settle-payment.js';

const database = await openDatabase(await testDatabase(), migrations);
const outbox = new Outbox(database, () => {}, 1_000);
const action = settlePayment(outbox, { add: addOperations });
const scope = new ActionScope('payment', database);
const by = { operator: 'wei', reason: 'refunded by bank transfer' };

const CLEAR = statement(
  'clear',
  'TRUNCATE payments, gateway_operations, outbox, external_settlements, operator_log',
);
const EVENTS = statement(
  'events',
  'SELECT type, sequence, data FROM outbox WHERE subject = $1 ORDER BY position',
);
const SETTLEMENTS = statement('settlements', 'SELECT operation, reference FROM external_settlements');
const LOG = statement('log', 'SELECT action, operator, reason, subject FROM operator_log');

beforeEach(async () => {
  await database.query(CLEAR);
});

/** Handles an event of the order service. */
async function receive(name: OrderEvent['name'], orderId: string): Promise<void> {
  const data = { ...orderPlaced.example, orderId };
  await database.transaction(async (tx) => {
    const payments = await lockPayments(tx, [orderId]);
    const decide = (payment: Payment | undefined) => decideOnOrder(payment, { name, data });
    const advanced = advancePayments(payments, [{ orderId, cause: { correlationId: 'flow' }, decide }]);
    await savePayments(tx, payments, advanced.payments);
    await addOperations(tx, advanced.operations);
    await outbox.add(tx, advanced.events);
  });
}

async function lease(): Promise<LeasedOperation> {
  const [operation] = await leaseOperations(database, 1, 60_000);
  return operation!;
}

/** Leases the pending operation and applies a response to it. */
async function respond(outcome: 'approved' | 'refused'): Promise<void> {
  const operation = await lease();
  const { operation: name, idempotencyKey } = operation;
  const intent = { operation: name, idempotencyKey };
  const response =
    outcome === 'approved'
      ? { ...intent, outcome, reference: `ref_${name}` }
      : { ...intent, outcome, reason: 'closed' };
  await database.transaction(async (tx) => {
    await addOperations(tx, await applyResponses(tx, outbox, [{ operation, response }]));
  });
}

/** A payment whose refund is pending. */
async function createRefunding(): Promise<string> {
  const orderId = uuidv7();
  await receive('order.placed', orderId);
  await respond('approved');
  await receive('order.confirmed', orderId);
  await respond('approved');
  await receive('order.cancelled', orderId);
  return orderId;
}

function settle(orderId: string, reference = 'bank_1') {
  return performAction(scope, action, { orderId, reference }, { expected: 1, by });
}

test('a refused refund settled outside is published as refunded and logged', async () => {
  const orderId = await createRefunding();
  await respond('refused');
  expect(await action.preview(scope, { orderId, reference: 'bank_1' })).toEqual({
    count: 1,
    operation: 'refund',
    status: 'refund_failed',
    nextStatus: 'refunded',
  });
  expect(await database.query(SETTLEMENTS)).toEqual([]);
  await settle(orderId);
  expect(await findPayment(database, orderId)).toMatchObject({ status: 'refunded', refundId: 'bank_1' });
  expect((await database.query(EVENTS, [orderId])).at(-1)).toMatchObject({
    type: 'payment.refunded.v1',
    sequence: 7,
    data: { orderId, refundId: 'bank_1' },
  });
  expect(await database.query(SETTLEMENTS)).toEqual([{ operation: 'refund', reference: 'bank_1' }]);
  expect(await database.query(LOG)).toEqual([{ action: 'settle payment', ...by, subject: orderId }]);
  expect(await action.preview(scope, { orderId, reference: 'bank_1' })).toEqual({ count: 0 });
  await expect(settle(orderId, 'bank_2')).rejects.toThrow(SettlementRefusedError);
});

test.each(['rescheduled', 'parked'])('a settled operation that was %s is never sent again', async (how) => {
  const orderId = await createRefunding();
  const operation = await lease();
  const retry = { delayMs: 0, error: 'late', isRejection: true, isCounted: true };
  if (how === 'parked') await park(database, operation, 'rejected', '404');
  else await reschedule(database, operation, retry);
  await settle(orderId);
  expect(await leaseOperations(database, 10, 60_000)).toEqual([]);
  expect(await findPayment(database, orderId)).toMatchObject({ status: 'refunded' });
});

test('a settlement is refused while a request is in flight', async () => {
  const orderId = await createRefunding();
  const operation = await lease();
  await expect(settle(orderId)).rejects.toThrow(/has a refund request in flight until .*: repeat then/);
  expect(await database.query(SETTLEMENTS)).toEqual([]);
  const retry = { delayMs: 60_000, error: 'late', isRejection: false, isCounted: false };
  await reschedule(database, operation, retry);
  expect(await settle(orderId)).toMatchObject({ count: 1 });
});

test('of two settlements at once, one is recorded', async () => {
  const orderId = await createRefunding();
  await respond('refused');
  const results = await Promise.allSettled([settle(orderId, 'bank_1'), settle(orderId, 'bank_2')]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await database.query(SETTLEMENTS)).toHaveLength(1);
});

test('a decline settled outside is published as declined and never sent', async () => {
  const orderId = uuidv7();
  await receive('order.placed', orderId);
  await park(database, await lease(), 'rejected', '404');
  const settlement = { orderId, refusal: 'card_expired' };
  expect(await action.preview(scope, settlement)).toMatchObject({ count: 1, nextStatus: 'declined' });
  await performAction(scope, action, settlement, { expected: 1, by });
  expect(await findPayment(database, orderId)).toMatchObject({
    status: 'declined',
    declineReason: 'card_expired',
  });
  expect((await database.query(EVENTS, [orderId])).at(-1)).toMatchObject({
    type: 'payment.declined.v1',
    data: { orderId, reason: 'card_expired' },
  });
  expect(await listOperations(database, orderId)).toMatchObject([{ attempts: 1, outcome: 'refused' }]);
  expect(await leaseOperations(database, 10, 60_000)).toEqual([]);
  expect(await database.query(SETTLEMENTS)).toEqual([]); // no money moved, so the ledger has nothing to compare
  expect(await database.query(LOG)).toMatchObject([{ action: 'settle payment', subject: orderId }]);
  expect(await action.preview(scope, settlement)).toEqual({ count: 0 });
});
