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

/** The payment of one order: money, status, and the gateway's references. */
export interface Payment {
  readonly orderId: string;
  readonly status: PaymentStatus;
  /** `order.cancelled` arrived. Never reset: payment voids or refunds every approval that arrives afterwards. */
  readonly cancelRequested: boolean;
  /** The order's total, which is authorized, captured and refunded as a whole; null in a tombstone. */
  readonly money: Money | null;
  /** The gateway's token for the customer's card or account, never a card number; null in a tombstone. */
  readonly token: string | null;
  /** The gateway's id of each approved operation; null until approved. */
  readonly authorizationId: string | null;
  readonly captureId: string | null;
  readonly voidId: string | null;
  readonly refundId: string | null;
  /** The gateway's reason for refusing an operation, else null. `refundRefusal` is the reason of the last refused refund. */
  readonly declineReason: string | null;
  readonly captureRefusal: string | null;
  readonly voidRefusal: string | null;
  readonly refundRefusal: string | null;
  /** Number of refunds started. Operators start every refund after the first. */
  readonly refundAttempts: number;
  /** 1 after the first step, plus 1 per step: the sequence of the step's event. */
  readonly version: number;
}

/** The order service's events, with the members that payment reads. */
export type OrderEvent =
  | {
      readonly name: 'order.placed';
      readonly data: { readonly orderId: string; readonly total: Money; readonly paymentToken: string };
    }
  | {
      readonly name: 'order.confirmed' | 'order.cancelled';
      readonly data: { readonly orderId: string };
    };

/** One gateway operation, sent until its outcome is known, always under the same idempotency key. */
export interface GatewayRequest {
  readonly operation: Operation;
  readonly idempotencyKey: string;
}

/** The gateway's outcome for an intent. A timeout or a 5xx is no response: the caller retries until one arrives. */
export type GatewayResponse = GatewayRequest &
  (
    | { readonly outcome: 'approved'; readonly reference: string }
    | { readonly outcome: 'refused'; readonly reason: string }
  );

/** The events that payment publishes for the order service. Ids and reasons are the gateway's. */
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
      /** Published with the payment's new version as its sequence. */
      readonly event: PaymentEvent | null;
      /** The gateway operation that this step starts. */
      readonly intent: GatewayRequest | null;
    }
  /** A repetition, or a cancellation without money to return. The payment does not change. */
  | { readonly outcome: 'already' }
  /** An earlier cancellation supersedes the event. The payment does not change. */
  | { readonly outcome: 'overtaken' };

/** The event or response is impossible in the payment's state under every message order: the sender is wrong. */
export class ImpossibleTransitionError extends Error {
  override readonly name = 'ImpossibleTransitionError';
  /** A retry fails again, so the consumer dead-letters the message without one. */
  readonly permanent = true;

  constructor(
    readonly orderId: string,
    readonly state: PaymentState,
    readonly trigger: OrderEventName | `${Operation} ${GatewayResponse['outcome']}` | 'retry refund',
    reason?: string,
  ) {
    super(`payment of order ${orderId} (${state}) cannot take ${trigger}${reason ? `: ${reason}` : ''}`);
  }
}

/**
 * Decides on an order event.
 *
 * @throws ImpossibleTransitionError when `order.confirmed` arrives without an authorization, or the order is placed again
 * with another total or token
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
      assertSameCharge(known, event, state);
      return { outcome: action };
    case 'impossible':
      throw new ImpossibleTransitionError(known.orderId, state, event.name);
  }
}

/** The reason with which every gateway adapter reports that a capture or void is refused because of an earlier capture. */
export const alreadyCaptured = 'already_captured';

/**
 * Decides on a gateway response. An approval of a cancelled order starts the reversal in the same step: `event` reports
 * the approval, `intent` voids or refunds it.
 *
 * @throws ImpossibleTransitionError when the gateway contradicts an earlier response, approves an operation that was
 * never sent, or refuses because of a capture that payment has no record of. An operator must compare both ledgers.
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
 * Starts a refused refund again, under a new idempotency key. Only operators call it. A refund that is pending or
 * approved is `already`.
 *
 * @throws ImpossibleTransitionError when no refund was refused
 */
export function retryRefund(payment: Payment): Decision {
  const { orderId, status } = payment;
  if (status === 'refund_failed') return startOperation(payment, 'refund');
  if (status === 'refunding' || status === 'refunded') return { outcome: 'already' };
  throw new ImpossibleTransitionError(orderId, paymentState(payment), 'retry refund');
}

/** The payment's pending gateway operation, or null. It is derived from the payment alone. */
export function pendingIntent({ orderId, status, refundAttempts }: Payment): GatewayRequest | null {
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

/** An order service that was restored from a backup, or a second one, may place an order again with another total. */
function assertSameCharge({ orderId, money, token }: Payment, event: OrderEvent, state: PaymentState): void {
  if (event.name !== 'order.placed' || money === null) return;
  const { total, paymentToken } = event.data;
  if (total.amount === money.amount && total.currency === money.currency && paymentToken === token) return;
  const reason = `it was placed with ${money.amount} ${money.currency} before, or another token; the sender may have been restored from a backup`;
  throw new ImpossibleTransitionError(orderId, state, event.name, reason);
}

/** The payment at version 0, before the first event of its order. It is never saved. */
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

/** Accepts a repeated response that equals the recorded one. Any other unexpected response moved unrecorded money. */
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
