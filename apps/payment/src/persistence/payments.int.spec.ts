import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';

import { ConcurrentUpdateError, isTransient, statement, type Transaction } from '#database';
import { openDatabase } from '../../../../libs/test-support/database.js';
import { createGate } from '../../../../libs/test-support/gate.js';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import { decideOnOrder, type Payment } from '../domain/payment.js';
import { migrations } from './migrations.js';
import { findPayment, lockPayments, savePayments } from './payments.js';

// Follows a failing statement in its transaction, as the outbox's INSERT does, and fails too.
const NO_OP = statement('no_op', 'SELECT');
const database = await openDatabase(await testDatabase(), migrations);

function createPayment(orderId: string, token: string): Payment {
  const total = { amount: 100, currency: 'CNY' };
  const decision = decideOnOrder(undefined, {
    name: 'order.placed',
    data: { orderId, total, paymentToken: token },
  });
  if (decision.outcome !== 'done') throw new Error(decision.outcome);
  return decision.payment;
}

test('a concurrent insert of the same payment fails transiently', async () => {
  const orderId = uuidv7();
  const [firstHasRead, secondHasSaved] = [createGate(), createGate()];
  const insert = async (tx: Transaction, token: string, wait: Promise<void>): Promise<void> => {
    const before = await lockPayments(tx, [orderId]);
    firstHasRead.open();
    await wait;
    tx.sendWithCommit(savePayments(tx, before, [createPayment(orderId, token)]), tx.query(NO_OP));
  };
  const first = database.transaction((tx) => insert(tx, 'first', secondHasSaved.opened));
  await firstHasRead.opened;
  await database.transaction((tx) => insert(tx, 'second', Promise.resolve()));
  secondHasSaved.open();

  const error: unknown = await first.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConcurrentUpdateError);
  expect(isTransient(error)).toBe(true);
  expect(await findPayment(database, orderId)).toMatchObject({ token: 'second' });
});

test('an update changes every mutable column', async () => {
  const orderId = uuidv7();
  const placed = createPayment(orderId, 'token');
  await database.transaction(async (tx) => savePayments(tx, await lockPayments(tx, [orderId]), [placed]));
  const changed: Payment = {
    ...placed,
    status: 'refunded',
    cancelRequested: true,
    authorizationId: 'authorization',
    captureId: 'capture',
    voidId: 'void',
    refundId: 'refund',
    declineReason: 'declined',
    captureRefusal: 'no capture',
    voidRefusal: 'no void',
    refundRefusal: 'no refund',
    refundAttempts: 2,
    version: 7,
  };
  await database.transaction(async (tx) => savePayments(tx, await lockPayments(tx, [orderId]), [changed]));
  expect(await findPayment(database, orderId)).toEqual(changed);
});
