import {
  actionFor,
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
  readonly cancelRequested: boolean;
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
 * What the gateway responded with to an intent. A timeout or an error of its own is no answer: the caller asks again
 * until it knows.
 */
export type GatewayResponse = Intent &
  (
    | { readonly outcome: 'approved'; readonly reference: string }
    | { readonly outcome: 'refused'; readonly reason: string }
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
export class ImpossibleTransitionError extends Error {
  override readonly name = 'ImpossibleTransitionError';
  /** The same message would fail again: it is a dead letter at once. */
  readonly permanent = true;

  constructor(
    readonly orderId: string,
    readonly state: PaymentState,
    readonly trigger: OrderEventName | `${Operation} ${GatewayResponse['outcome']}` | 'retry refund',
  ) {
    super(`payment of order ${orderId} (${state}) cannot take ${trigger}`);
  }
}

/**
 * What payment does about a message of the order service.
 *
 * @throws ImpossibleTransitionError when an order is confirmed whose money was never authorized
 */
export function decideOnOrder(payment: Payment | undefined, event: OrderEvent): Decision {
  const state = paymentState(payment);
  const known = payment ?? initialPayment(event);
  const action = actionFor(event.name, state);
  switch (action) {
    case 'authorize':
    case 'capture':
      return startOperation(known, action);
    case 'void':
    case 'refund':
      return startOperation({ ...known, cancelRequested: true }, action);
    case 'await':
      return settle({ ...known, cancelRequested: true }, null);
    case 'leave_tombstone':
      return settle({ ...known, cancelRequested: true }, voidedEvent(known.orderId));
    case 'already':
    case 'overtaken':
      return { outcome: action };
    case 'impossible':
      throw new ImpossibleTransitionError(known.orderId, state, event.name);
  }
}

/** The reason by which a gateway must refuse to capture or void what has been captured, whatever its own word for it is. */
export const alreadyCaptured = 'already_captured';

/**
 * What payment does about an answer of the gateway. One that finds a cancellation waiting goes straight on to
 * give back what was taken, in the same step: the event says what the gateway did, the intent what it must do now.
 *
 * @throws ImpossibleTransitionError when the gateway contradicts itself, approves what it was never asked, or refuses
 * because of a capture that we know nothing of: the payment stays as it is, and an operator must look
 */
export function decideOnResponse(payment: Payment, response: GatewayResponse): Decision {
  const { money } = payment;
  const expected = pendingIntent(payment);
  if (money === null || expected?.idempotencyKey !== response.idempotencyKey)
    return checkRepeated(payment, response);
  if (response.outcome === 'refused' && response.reason === alreadyCaptured)
    throw contradictionError(payment, response);

  const updated = {
    ...payment,
    ...responsePatch(response),
    status: operations[response.operation][response.outcome],
  };
  const event = toEvent(payment.orderId, money, response);
  const next = payment.cancelRequested ? actionFor('order.cancelled', updated.status) : 'already';
  return next === 'void' || next === 'refund' ? startOperation(updated, next, event) : settle(updated, event);
}

/**
 * Begins a refund again that the gateway has refused, under a new key: an operator's decision. A refund under
 * way or made is `already`.
 *
 * @throws ImpossibleTransitionError when no refund was ever refused
 */
export function retryRefund(payment: Payment): Decision {
  const { orderId, status } = payment;
  if (status === 'refund_failed') return startOperation(payment, 'refund');
  if (status === 'refunding' || status === 'refunded') return { outcome: 'already' };
  throw new ImpossibleTransitionError(orderId, paymentState(payment), 'retry refund');
}

/** The one call of the gateway that a payment waits for, if any: a function of the payment, so it cannot be lost. */
export function pendingIntent({ orderId, status, refundAttempts }: Payment): Intent | null {
  const operation = operationNames.find((name) => operations[name].waiting === status);
  if (!operation) return null;
  const attempt = operation === 'refund' && refundAttempts > 1 ? `:${refundAttempts}` : '';
  return { operation, idempotencyKey: `${orderId}:${operation}${attempt}` };
}

export function paymentState(payment: Payment | undefined): PaymentState {
  if (!payment) return 'none';
  const { status, money, cancelRequested } = payment;
  if (money === null) return 'tombstone';
  const isBusy = status === 'authorizing' || status === 'capturing';
  return isBusy && cancelRequested ? `${status}_cancelled` : status;
}

/** What the first message of an order makes: a payment at version 0, which no one ever sees. */
function initialPayment(event: OrderEvent): Payment {
  const placed = event.name === 'order.placed' ? event.data : null;
  return {
    orderId: event.data.orderId,
    status: 'voided',
    cancelRequested: false,
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

function startOperation(payment: Payment, operation: Operation, event: PaymentEvent | null = null): Decision {
  const { refundAttempts, version } = payment;
  const started = {
    ...payment,
    status: operations[operation].waiting,
    refundAttempts: operation === 'refund' ? refundAttempts + 1 : refundAttempts,
    version: version + 1,
  };
  return { outcome: 'done', payment: started, event, intent: pendingIntent(started) };
}

function settle(payment: Payment, event: PaymentEvent | null): Decision {
  const settled = { ...payment, version: payment.version + 1 };
  return { outcome: 'done', payment: settled, event, intent: null };
}

/** An answer nobody waits for is a repetition if it agrees with what is on record. If not, money moved that we know nothing of. */
function checkRepeated(payment: Payment, response: GatewayResponse): Decision {
  const { reference, refusal } = operations[response.operation];
  const agrees =
    response.outcome === 'approved' ? payment[reference] === response.reference : payment[refusal] !== null;
  if (agrees) return { outcome: 'already' };
  throw contradictionError(payment, response);
}

function contradictionError(
  payment: Payment,
  { operation, outcome }: GatewayResponse,
): ImpossibleTransitionError {
  return new ImpossibleTransitionError(payment.orderId, paymentState(payment), `${operation} ${outcome}`);
}

function responsePatch(response: GatewayResponse): Partial<Payment> {
  const { reference, refusal } = operations[response.operation];
  return response.outcome === 'approved'
    ? { [reference]: response.reference }
    : { [refusal]: response.reason };
}

function toEvent(orderId: string, amount: Money, response: GatewayResponse): PaymentEvent {
  const { operation } = response;
  if (operation === 'void') return voidedEvent(orderId);
  if (response.outcome === 'refused') {
    return { name: `payment.${operations[operation].refused}`, data: { orderId, reason: response.reason } };
  }
  const { reference } = response;
  switch (operation) {
    case 'authorize':
      return { name: 'payment.authorized', data: { orderId, amount, authorizationId: reference } };
    case 'capture':
      return { name: 'payment.captured', data: { orderId, amount, captureId: reference } };
    case 'refund':
      return { name: 'payment.refunded', data: { orderId, amount, refundId: reference } };
  }
}

function voidedEvent(orderId: string): PaymentEvent {
  return { name: 'payment.voided', data: { orderId } };
}
