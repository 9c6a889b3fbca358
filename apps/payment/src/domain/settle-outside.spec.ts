import { describe, expect, test } from 'vitest';

import {
  alreadyCaptured,
  decideOnOrder,
  decideOnResponse,
  type Payment,
  pendingIntent,
  retryRefund,
} from './payment.js';
import type { PaymentStatus } from './payment-table.js';
import { settleOutside, SettlementRefusedError } from './settle-outside.js';

const orderId = 'order-1';
const total = { amount: 100, currency: 'CNY' };

function order(payment: Payment | undefined, name: 'order.placed' | 'order.confirmed' | 'order.cancelled') {
  const decision = decideOnOrder(payment, { name, data: { orderId, total, paymentToken: 'tok' } } as never);
  if (decision.outcome !== 'done') throw new Error(decision.outcome);
  return decision.payment;
}

function respond(payment: Payment, outcome: 'approved' | 'refused') {
  const intent = pendingIntent(payment)!;
  const decision = decideOnResponse(
    payment,
    outcome === 'approved'
      ? { ...intent, outcome, reference: `ref_${intent.operation}` }
      : { ...intent, outcome, reason: 'no' },
  );
  if (decision.outcome !== 'done') throw new Error(decision.outcome);
  return decision.payment;
}

const authorizing = order(undefined, 'order.placed');
const authorized = respond(authorizing, 'approved');
const capturing = order(authorized, 'order.confirmed');
const captured = respond(capturing, 'approved');
const refunding = order(captured, 'order.cancelled');
const refundFailed = respond(refunding, 'refused');
const voiding = order(authorized, 'order.cancelled');

describe.each([
  ['authorizing', authorizing, 'authorized', 'payment.authorized'],
  ['capturing', capturing, 'captured', 'payment.captured'],
  ['voiding', voiding, 'voided', 'payment.voided'],
  ['refunding', refunding, 'refunded', 'payment.refunded'],
  ['refund_failed', refundFailed, 'refunded', 'payment.refunded'],
] as const)('a settlement of a payment that is %s', (_, payment, status: PaymentStatus, eventName) => {
  const settled = settleOutside(payment, { reference: 'bank_1' });

  test('equals an approval by the gateway', () => {
    expect(settled).toMatchObject({
      outcome: 'done',
      payment: { status, version: payment.version + 1 },
      event: { name: eventName },
      intent: null,
    });
  });

  test('is recorded once', () => {
    if (settled.outcome !== 'done') throw new Error(settled.outcome);
    expect(settleOutside(settled.payment, { reference: 'bank_1' })).toEqual({ outcome: 'already' });
    expect(() => settleOutside(settled.payment, { reference: 'bank_2' })).toThrow(SettlementRefusedError);
  });

  test('refuses another operation, and a reference of another operation', () => {
    const other = payment.status === 'capturing' ? 'refund' : 'capture';
    expect(() => settleOutside(payment, { reference: 'bank_1', operation: other })).toThrow('it waits for');
    if (payment === authorizing) return;
    expect(() => settleOutside(payment, { reference: 'ref_authorize', operation: other })).toThrow(
      'has ref_authorize as its authorize',
    );
  });
});

test.each([
  ['authorized', authorized],
  ['captured', captured],
  ['declined', respond(authorizing, 'refused')],
  ['capture_failed', respond(capturing, 'refused')],
])('a payment that is %s waits for nothing and refuses', (status, payment) => {
  expect(() => settleOutside(payment, { reference: 'bank_1' })).toThrow(
    `payment of order order-1 is ${status}: it waits for no operation`,
  );
});

test('a refund settled outside cannot be retried', () => {
  const settled = settleOutside(refundFailed, { reference: 'bank_1' });
  if (settled.outcome !== 'done') throw new Error(settled.outcome);
  expect(retryRefund(settled.payment)).toEqual({ outcome: 'already' });
});

test('a capture settled outside is refunded when the order is cancelled', () => {
  const cancelled = order(capturing, 'order.cancelled');
  expect(settleOutside(cancelled, { reference: 'bank_1' })).toMatchObject({
    event: { name: 'payment.captured', data: { captureId: 'bank_1' } },
    intent: { operation: 'refund' },
  });
});

describe.each([
  ['authorizing', authorizing, 'declined', 'payment.declined', 'declineReason'],
  ['capturing', capturing, 'capture_failed', 'payment.capture_failed', 'captureRefusal'],
  ['voiding', voiding, 'voided', 'payment.voided', 'voidRefusal'],
  ['refunding', refunding, 'refund_failed', 'payment.refund_failed', 'refundRefusal'],
] as const)('a refusal of a payment that is %s', (_, payment, status: PaymentStatus, eventName, member) => {
  const refused = settleOutside(payment, { refusal: 'account_closed' });
  if (refused.outcome !== 'done') throw new Error(refused.outcome);

  test('equals a refusal by the gateway', () => {
    expect(refused).toEqual(
      decideOnResponse(payment, { ...pendingIntent(payment)!, outcome: 'refused', reason: 'account_closed' }),
    );
    expect(refused.payment).toMatchObject({ status, [member]: 'account_closed' });
    expect(refused.event).toMatchObject({ name: eventName });
  });

  test('is recorded once, and no other reason replaces it', () => {
    expect(settleOutside(refused.payment, { refusal: 'account_closed' })).toEqual({ outcome: 'already' });
    expect(() => settleOutside(refused.payment, { refusal: 'other' })).toThrow(SettlementRefusedError);
  });

  test('refuses another operation, and a reason that contradicts the payment', () => {
    const operation = payment.status === 'capturing' ? 'refund' : 'capture';
    expect(() => settleOutside(payment, { refusal: 'account_closed', operation })).toThrow('it waits for');
    expect(() => settleOutside(payment, { refusal: alreadyCaptured })).toThrow('settle the capture');
  });
});

test('a capture refused outside is voided when the order is cancelled', () => {
  const cancelled = order(capturing, 'order.cancelled');
  expect(settleOutside(cancelled, { refusal: 'expired' })).toMatchObject({
    event: { name: 'payment.capture_failed', data: { reason: 'expired' } },
    intent: { operation: 'void' },
  });
});

test('a repeated refund is refused outside with the reason of the first', () => {
  const retried = retryRefund(refundFailed);
  if (retried.outcome !== 'done') throw new Error(retried.outcome);
  expect(settleOutside(retried.payment, { refusal: 'no' })).toMatchObject({
    payment: { status: 'refund_failed', version: retried.payment.version + 1 },
  });
});
