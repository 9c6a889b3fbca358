import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';

import { ConcurrentUpdateError, isTransient, statement, type Transaction } from '#database';
import { openDatabase } from '../../../../test/setup/database.js';
import { createGate } from '../../../../test/setup/gate.js';
import { testDatabase } from '../../../../test/setup/infrastructure.js';
import { decideOnOrder, type Payment } from '../domain/payment.js';
import { migrations } from './migrations.js';
import { findPayment, lockPayments, savePayments } from './payments.js';

// Behind a statement that fails, as the outbox is; it fails too.
const ANYTHING = statement('anything', 'SELECT');
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

test('of two transactions that both find no payment and make one, the second does nothing and may be tried again', async () => {
  const orderId = uuidv7();
  const [firstHasRead, secondHasSaved] = [createGate(), createGate()];
  const make = async (tx: Transaction, token: string, wait: Promise<void>): Promise<void> => {
    const before = await lockPayments(tx, [orderId]);
    firstHasRead.open();
    await wait;
    tx.sendWithCommit(savePayments(tx, before, [createPayment(orderId, token)]), tx.query(ANYTHING));
  };
  const first = database.transaction((tx) => make(tx, 'first', secondHasSaved.opened));
  await firstHasRead.opened;
  await database.transaction((tx) => make(tx, 'second', Promise.resolve()));
  secondHasSaved.open();

  const error: unknown = await first.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConcurrentUpdateError);
  expect(isTransient(error)).toBe(true);
  expect(await findPayment(database, orderId)).toMatchObject({ token: 'second' });
});

test('a payment that was there is changed in all that changes', async () => {
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
