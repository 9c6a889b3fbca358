import { describe, expect, it } from 'vitest';
import {
  actionFor,
  operationNames,
  operations,
  orderEvents,
  paymentStates,
  type Operation,
  type OrderEventName,
  type PaymentState,
} from './payment-table.js';
import {
  alreadyCaptured,
  decideOnResponse,
  decideOnOrder,
  ImpossibleTransitionError,
  pendingIntent,
  retryRefund,
  paymentState,
  type Decision,
  type GatewayResponse,
  type OrderEvent,
  type Payment,
} from './payment.js';

const orderId = 'o-1';
const total = { amount: 62_600, currency: 'CNY' };
const messages: Readonly<Record<OrderEventName, OrderEvent>> = {
  'order.placed': { name: 'order.placed', data: { orderId, total, paymentToken: 'tok_visa' } },
  'order.confirmed': { name: 'order.confirmed', data: { orderId } },
  'order.cancelled': { name: 'order.cancelled', data: { orderId } },
};

const approve = (operation: Operation, key: string = operation): GatewayResponse => ({
  operation,
  idempotencyKey: `${orderId}:${key}`,
  outcome: 'approved',
  reference: `${operation}-1`,
});
const refuse = (operation: Operation, key: string = operation): GatewayResponse => ({
  operation,
  idempotencyKey: `${orderId}:${key}`,
  outcome: 'refused',
  reason: 'refused by the bank',
});

type Input = OrderEventName | GatewayResponse | 'retry';

function decide(payment: Payment | undefined, input: Input): Decision {
  if (input === 'retry') return retryRefund(payment!);
  return typeof input === 'string'
    ? decideOnOrder(payment, messages[input])
    : decideOnResponse(payment!, input);
}

/** The payment after all inputs. */
function after(...inputs: readonly Input[]): Payment | undefined {
  return inputs.reduce<Payment | undefined>((payment, input) => {
    const decision = decide(payment, input);
    return decision.outcome === 'done' ? decision.payment : payment;
  }, undefined);
}

const authorized = ['order.placed', approve('authorize')] as const;
const captured = [...authorized, 'order.confirmed', approve('capture')] as const;

/** Inputs that lead to each state. */
const pathsInto: Readonly<Record<PaymentState, readonly Input[]>> = {
  none: [],
  tombstone: ['order.cancelled'],
  authorizing: ['order.placed'],
  authorizing_cancelled: ['order.placed', 'order.cancelled'],
  authorized,
  declined: ['order.placed', refuse('authorize')],
  capturing: [...authorized, 'order.confirmed'],
  capturing_cancelled: [...authorized, 'order.confirmed', 'order.cancelled'],
  captured,
  capture_failed: [...authorized, 'order.confirmed', refuse('capture')],
  voiding: [...authorized, 'order.cancelled'],
  voided: [...authorized, 'order.cancelled', approve('void')],
  refunding: [...captured, 'order.cancelled'],
  refunded: [...captured, 'order.cancelled', approve('refund')],
  refund_failed: [...captured, 'order.cancelled', refuse('refund')],
};

describe('the payment table', () => {
  const cells = paymentStates.flatMap((state) =>
    orderEvents.map((event) => ({ state, event, action: actionFor(event, state) })),
  );

  it.each(cells)('$event in $state: $action', ({ state, event, action }) => {
    const payment = after(...pathsInto[state]);
    expect(paymentState(payment)).toBe(state);
    const run = () => decide(payment, event);
    const version = (payment?.version ?? 0) + 1;
    switch (action) {
      case 'authorize':
      case 'capture':
      case 'void':
      case 'refund':
        return expect(run()).toMatchObject({
          outcome: 'done',
          payment: {
            status: operations[action].waiting,
            cancelRequested: event === 'order.cancelled',
            version,
          },
          event: null,
          intent: { operation: action, idempotencyKey: `${orderId}:${action}` },
        });
      case 'await':
        return expect(run()).toEqual({
          outcome: 'done',
          payment: { ...payment, cancelRequested: true, version },
          event: null,
          intent: null,
        });
      case 'leave_tombstone':
        return expect(run()).toMatchObject({
          outcome: 'done',
          payment: { status: 'voided', money: null, token: null, version: 1 },
          event: { name: 'payment.voided', data: { orderId } },
          intent: null,
        });
      case 'already':
      case 'overtaken':
        return expect(run()).toEqual({ outcome: action });
      case 'impossible':
        return expect(run).toThrow(ImpossibleTransitionError);
    }
  });
});

describe('a gateway response', () => {
  it.each([
    ['authorizing', approve('authorize'), 'authorized', { amount: total, authorizationId: 'authorize-1' }],
    ['authorizing', refuse('authorize'), 'declined', { reason: 'refused by the bank' }],
    ['capturing', approve('capture'), 'captured', { amount: total, captureId: 'capture-1' }],
    ['capturing', refuse('capture'), 'capture_failed', { reason: 'refused by the bank' }],
    ['voiding', approve('void'), 'voided', {}],
    ['voiding', refuse('void'), 'voided', {}],
    ['refunding', approve('refund'), 'refunded', { amount: total, refundId: 'refund-1' }],
    ['refunding', refuse('refund'), 'refund_failed', { reason: 'refused by the bank' }],
  ] as const)('ends the pending operation: %s, %o: %s', (state, response, status, data) => {
    const before = after(...pathsInto[state]);
    expect(decide(before, response)).toMatchObject({
      outcome: 'done',
      payment: { status, version: before!.version + 1 },
      event: { name: `payment.${status}`, data: { orderId, ...data } },
      intent: null,
    });
  });

  it.each([
    ['authorizing_cancelled', approve('authorize'), 'payment.authorized', 'void'],
    ['capturing_cancelled', approve('capture'), 'payment.captured', 'refund'],
    ['capturing_cancelled', refuse('capture'), 'payment.capture_failed', 'void'],
  ] as const)('starts the reversal of a cancelled order: %s, %o: %s, %s', (state, response, name, next) => {
    const before = after(...pathsInto[state]);
    expect(decide(before, response)).toMatchObject({
      payment: { status: operations[next].waiting, version: before!.version + 1 },
      event: { name },
      intent: { operation: next, idempotencyKey: `${orderId}:${next}` },
    });
  });

  it('that declines a cancelled order starts no reversal', () => {
    expect(decide(after(...pathsInto.authorizing_cancelled), refuse('authorize'))).toMatchObject({
      payment: { status: 'declined' },
      event: { name: 'payment.declined' },
      intent: null,
    });
  });

  it('that repeats a recorded one changes nothing', () => {
    for (const [operation, state] of [
      ['authorize', 'authorized'],
      ['capture', 'captured'],
      ['void', 'voided'],
      ['refund', 'refunded'],
    ] as const) {
      expect(decide(after(...pathsInto[state]), approve(operation))).toEqual({ outcome: 'already' });
    }
    expect(decide(after(...pathsInto.refunded), approve('authorize'))).toEqual({ outcome: 'already' });
    expect(decide(after(...pathsInto.declined), refuse('authorize'))).toEqual({ outcome: 'already' });
    expect(decide(after(...pathsInto.voiding), approve('authorize'))).toEqual({ outcome: 'already' });
  });

  it('to a refused refund does not complete its retry', () => {
    const retried = after(...pathsInto.refund_failed, 'retry');
    expect(decide(retried, refuse('refund'))).toEqual({ outcome: 'already' });
    const refunded = after(...pathsInto.refund_failed, 'retry', approve('refund', 'refund:2'));
    expect(refunded).toMatchObject({ status: 'refunded', refundId: 'refund-1' });
    expect(decide(refunded, refuse('refund'))).toEqual({ outcome: 'already' });
  });

  it('that contradicts the recorded one is an error', () => {
    const ghost = { ...approve('capture'), reference: 'capture-2' };
    expect(() => decide(after(...captured), ghost)).toThrow(ImpossibleTransitionError);
    expect(() => decide(after(...captured), refuse('capture'))).toThrow(ImpossibleTransitionError);
    expect(() => decide(after(...pathsInto.voiding), approve('capture'))).toThrow(ImpossibleTransitionError);
    expect(() => decide(after(...pathsInto.tombstone), approve('authorize'))).toThrow(
      ImpossibleTransitionError,
    );
  });

  it('that reports an unrecorded capture never leads to voided', () => {
    const refusal = { ...refuse('void'), reason: alreadyCaptured } as GatewayResponse;
    expect(() => decide(after(...pathsInto.voiding), refusal)).toThrow(ImpossibleTransitionError);
  });
});

describe('a payment', () => {
  it('has at most one pending operation', () => {
    for (const state of paymentStates) {
      const payment = after(...pathsInto[state]);
      if (!payment) continue;
      const operation = operationNames.find((name) => operations[name].waiting === payment.status) ?? null;
      expect(pendingIntent(payment)?.operation ?? null, state).toBe(operation);
    }
  });

  it('is refunded, never voided, after its capture', () => {
    expect(decide(after(...captured), 'order.cancelled')).toMatchObject({ intent: { operation: 'refund' } });
  });

  it('keeps the reasons of refusals', () => {
    expect(after(...pathsInto.declined)).toMatchObject({ declineReason: 'refused by the bank' });
    const lapsed = after(...pathsInto.capture_failed, 'order.cancelled', refuse('void'));
    expect(lapsed).toMatchObject({
      status: 'voided',
      captureRefusal: 'refused by the bank',
      voidRefusal: 'refused by the bank',
      voidId: null,
    });
  });
});

describe('a refused refund', () => {
  it('is retried under a new idempotency key', () => {
    const failed = after(...pathsInto.refund_failed);
    expect(decide(failed, 'retry')).toMatchObject({
      payment: { status: 'refunding', refundAttempts: 2, version: failed!.version + 1 },
      event: null,
      intent: { operation: 'refund', idempotencyKey: 'o-1:refund:2' },
    });
    const twice = after(...pathsInto.refund_failed, 'retry', refuse('refund', 'refund:2'), 'retry');
    expect(pendingIntent(twice!)).toEqual({ operation: 'refund', idempotencyKey: 'o-1:refund:3' });
  });

  it('is not retried while pending or after an approval', () => {
    expect(decide(after(...pathsInto.refunding), 'retry')).toEqual({ outcome: 'already' });
    expect(decide(after(...pathsInto.refunded), 'retry')).toEqual({ outcome: 'already' });
    expect(() => decide(after(...captured), 'retry')).toThrow(ImpossibleTransitionError);
  });
});

it('an impossible transition names state and trigger, never the token', () => {
  try {
    decide(after('order.placed'), 'order.confirmed');
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      orderId,
      state: 'authorizing',
      trigger: 'order.confirmed',
      permanent: true,
    });
    expect(JSON.stringify(error)).not.toContain('tok_visa');
  }
});

describe('an order placed again', () => {
  const again = (changes: object): OrderEvent => ({
    name: 'order.placed',
    data: { orderId, total, paymentToken: 'tok_visa', ...changes },
  });

  it.each([
    ['another amount', { total: { ...total, amount: total.amount + 1 } }],
    ['another currency', { total: { ...total, currency: 'USD' } }],
    ['another token', { paymentToken: 'tok_other' }],
  ])('with %s is impossible', (_, changes) => {
    for (const state of ['authorizing', 'captured', 'refunded'] as const) {
      const run = () => decideOnOrder(after(...pathsInto[state]), again(changes));
      expect(run).toThrow(ImpossibleTransitionError);
      expect(run).toThrow(`it was placed with ${total.amount} ${total.currency} before`);
      expect(run).not.toThrow('tok_');
    }
  });

  it('after its cancellation is overtaken, with any total', () => {
    const tombstone = after(...pathsInto.tombstone);
    expect(decideOnOrder(tombstone, again({ total: { ...total, amount: 1 } }))).toEqual({
      outcome: 'overtaken',
    });
  });
});
