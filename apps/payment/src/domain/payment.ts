import {
  moveOn,
  operationNames,
  operations,
  type Operation,
  type OrderEventName,
  type PaymentState,
  type PaymentStatus,
} from './payment-table.js';

/** Money in minor units (分, cents) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** The money of one order, and how far it has come. */
export interface Payment {
  readonly orderId: string;
  readonly status: PaymentStatus;
  /** A cancellation has been heard. Once true it stays true: whatever the gateway still approves is given back. */
  readonly cancelWanted: boolean;
  /** The order's total, authorized, captured and refunded in one piece; null in a tombstone. */
  readonly money: Money | null;
  /** Stands for the customer's card or account at the gateway; null in a tombstone. Never a card number. */
  readonly token: string | null;
  /** The gateway's own id of each operation it approved; null until then. */
  readonly authorizationId: string | null;
  readonly captureId: string | null;
  readonly voidId: string | null;
  readonly refundId: string | null;
  /** Why the gateway refused an operation; null when it did not. Of several refused refunds, the newest. */
  readonly declineReason: string | null;
  readonly captureRefusal: string | null;
  readonly voidRefusal: string | null;
  readonly refundRefusal: string | null;
  /** How many refunds have been begun. Each after the first is an operator's doing. */
  readonly refundAttempts: number;
  /** 1 when made, and one more for every step. It is the sequence of the step's event. */
  readonly version: number;
}

/** The messages of the order service, as far as payment reads them. */
export type OrderEvent =
  | {
      readonly name: 'order.placed';
      readonly data: { readonly orderId: string; readonly total: Money; readonly paymentToken: string };
    }
  | {
      readonly name: 'order.confirmed' | 'order.cancelled';
      readonly data: { readonly orderId: string };
    };

/** One call of the gateway, to be made until its answer is known, always under the same key. */
export interface Intent {
  readonly operation: Operation;
  readonly idempotencyKey: string;
}

/**
 * What the gateway answered to an intent. A timeout or an error of its own is no answer: the caller asks again
 * until it knows.
 */
export type GatewayAnswer = Intent &
  (
    | { readonly answer: 'approved'; readonly reference: string }
    | { readonly answer: 'refused'; readonly reason: string }
  );

/** What payment tells the order service. The ids are the gateway's own; so are the reasons. */
export type PaymentEvent =
  | { readonly name: 'payment.authorized'; readonly data: Approved & { readonly authorizationId: string } }
  | { readonly name: 'payment.captured'; readonly data: Approved & { readonly captureId: string } }
  | { readonly name: 'payment.refunded'; readonly data: Approved & { readonly refundId: string } }
  | { readonly name: 'payment.voided'; readonly data: { readonly orderId: string } }
  | {
      readonly name: 'payment.declined' | 'payment.capture_failed' | 'payment.refund_failed';
      readonly data: { readonly orderId: string; readonly reason: string };
    };

interface Approved {
  readonly orderId: string;
  readonly amount: Money;
}

export type Decision =
  | {
      readonly outcome: 'done';
      readonly payment: Payment;
      /** Announced with the new version of the payment as its sequence, also when the step went straight on. */
      readonly event: PaymentEvent | null;
      /** The call of the gateway that this step begins. */
      readonly intent: Intent | null;
    }
  /** A repetition, or a cancellation with nothing to give back. Nothing changes. */
  | { readonly outcome: 'already' }
  /** A cancellation has come first and made it pointless. Nothing changes. */
  | { readonly outcome: 'overtaken' };

/** The message or answer does not fit in any order of events: its sender is mistaken, retrying is no use. */
export class ImpossibleTransition extends Error {
  override readonly name = 'ImpossibleTransition';
  /** The same message would fail again: it is a dead letter at once. */
  readonly permanent = true;

  constructor(
    readonly orderId: string,
    readonly state: PaymentState,
    readonly trigger: OrderEventName | `${Operation} ${GatewayAnswer['answer']}` | 'retry of the refund',
  ) {
    super(`payment of order ${orderId} (${state}) cannot take ${trigger}`);
  }
}

/**
 * What payment does about a message of the order service.
 *
 * @throws ImpossibleTransition when an order is confirmed whose money was never authorized
 */
export function decideOnOrder(payment: Payment | undefined, event: OrderEvent): Decision {
  const state = stateOf(payment);
  const known = payment ?? unheardOf(event);
  const move = moveOn(event.name, state);
  switch (move) {
    case 'authorize':
    case 'capture':
      return begin(known, move);
    case 'void':
    case 'refund':
      return begin({ ...known, cancelWanted: true }, move);
    case 'await':
      return rest({ ...known, cancelWanted: true }, null);
    case 'bury':
      return rest({ ...known, cancelWanted: true }, voided(known.orderId));
    case 'already':
    case 'overtaken':
      return { outcome: move };
    case 'impossible':
      throw new ImpossibleTransition(known.orderId, state, event.name);
  }
}

/** The reason by which a gateway must refuse to capture or void what has been captured, whatever its own word for it is. */
export const alreadyCaptured = 'already_captured';

/**
 * What payment does about an answer of the gateway. One that finds a cancellation waiting goes straight on to
 * give back what was taken, in the same step: the event says what the gateway did, the intent what it must do now.
 *
 * @throws ImpossibleTransition when the gateway contradicts itself, approves what it was never asked, or refuses
 * because of a capture that we know nothing of: the payment stays as it is, and an operator must look
 */
export function decideOnAnswer(payment: Payment, answer: GatewayAnswer): Decision {
  const { money } = payment;
  const expected = intentOf(payment);
  if (money === null || expected?.idempotencyKey !== answer.idempotencyKey) return repeated(payment, answer);
  if (answer.answer === 'refused' && answer.reason === alreadyCaptured) throw contradiction(payment, answer);

  const answered = { ...payment, ...onRecord(answer), status: operations[answer.operation][answer.answer] };
  const event = eventOf(payment.orderId, money, answer);
  const next = payment.cancelWanted ? moveOn('order.cancelled', answered.status) : 'already';
  return next === 'void' || next === 'refund' ? begin(answered, next, event) : rest(answered, event);
}

/**
 * Begins a refund again that the gateway has refused, under a new key: an operator's decision. A refund under
 * way or made is `already`.
 *
 * @throws ImpossibleTransition when no refund was ever refused
 */
export function retryRefund(payment: Payment): Decision {
  const { orderId, status } = payment;
  if (status === 'refund_failed') return begin(payment, 'refund');
  if (status === 'refunding' || status === 'refunded') return { outcome: 'already' };
  throw new ImpossibleTransition(orderId, stateOf(payment), 'retry of the refund');
}

/** The one call of the gateway that a payment waits for, if any: a function of the payment, so it cannot be lost. */
export function intentOf({ orderId, status, refundAttempts }: Payment): Intent | null {
  const operation = operationNames.find((name) => operations[name].waits === status);
  if (!operation) return null;
  const attempt = operation === 'refund' && refundAttempts > 1 ? `:${refundAttempts}` : '';
  return { operation, idempotencyKey: `${orderId}:${operation}${attempt}` };
}

export function stateOf(payment: Payment | undefined): PaymentState {
  if (!payment) return 'none';
  const { status, money, cancelWanted } = payment;
  if (money === null) return 'tombstone';
  const isBusy = status === 'authorizing' || status === 'capturing';
  return isBusy && cancelWanted ? `${status}_unwanted` : status;
}

/** What the first message of an order makes: a payment at version 0, which no one ever sees. */
function unheardOf(event: OrderEvent): Payment {
  const placed = event.name === 'order.placed' ? event.data : null;
  return {
    orderId: event.data.orderId,
    status: 'voided',
    cancelWanted: false,
    money: placed?.total ?? null,
    token: placed?.paymentToken ?? null,
    authorizationId: null,
    captureId: null,
    voidId: null,
    refundId: null,
    declineReason: null,
    captureRefusal: null,
    voidRefusal: null,
    refundRefusal: null,
    refundAttempts: 0,
    version: 0,
  };
}

function begin(payment: Payment, operation: Operation, event: PaymentEvent | null = null): Decision {
  const { refundAttempts, version } = payment;
  const begun = {
    ...payment,
    status: operations[operation].waits,
    refundAttempts: operation === 'refund' ? refundAttempts + 1 : refundAttempts,
    version: version + 1,
  };
  return { outcome: 'done', payment: begun, event, intent: intentOf(begun) };
}

function rest(payment: Payment, event: PaymentEvent | null): Decision {
  const rested = { ...payment, version: payment.version + 1 };
  return { outcome: 'done', payment: rested, event, intent: null };
}

/** An answer nobody waits for is a repetition if it agrees with what is on record. If not, money moved that we know nothing of. */
function repeated(payment: Payment, answer: GatewayAnswer): Decision {
  const { reference, refusal } = operations[answer.operation];
  const agrees =
    answer.answer === 'approved' ? payment[reference] === answer.reference : payment[refusal] !== null;
  if (agrees) return { outcome: 'already' };
  throw contradiction(payment, answer);
}

function contradiction(payment: Payment, { operation, answer }: GatewayAnswer): ImpossibleTransition {
  return new ImpossibleTransition(payment.orderId, stateOf(payment), `${operation} ${answer}`);
}

function onRecord(answer: GatewayAnswer): Partial<Payment> {
  const { reference, refusal } = operations[answer.operation];
  return answer.answer === 'approved' ? { [reference]: answer.reference } : { [refusal]: answer.reason };
}

function eventOf(orderId: string, amount: Money, answer: GatewayAnswer): PaymentEvent {
  const { operation } = answer;
  if (operation === 'void') return voided(orderId);
  if (answer.answer === 'refused') {
    return { name: `payment.${operations[operation].refused}`, data: { orderId, reason: answer.reason } };
  }
  const { reference } = answer;
  switch (operation) {
    case 'authorize':
      return { name: 'payment.authorized', data: { orderId, amount, authorizationId: reference } };
    case 'capture':
      return { name: 'payment.captured', data: { orderId, amount, captureId: reference } };
    case 'refund':
      return { name: 'payment.refunded', data: { orderId, amount, refundId: reference } };
  }
}

function voided(orderId: string): PaymentEvent {
  return { name: 'payment.voided', data: { orderId } };
}
