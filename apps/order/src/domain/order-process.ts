import {
  lookUpCell,
  nextPaymentReports,
  nextStockReports,
  type CancellationReason,
  type OrderStatus,
  type PaymentReport,
  type PaymentState,
  type StockReport,
  type StockState,
} from './order-table.js';

/** The state of one order's process manager. It alone decides the next step of the order. */
export interface OrderProcess {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Null until a cancellation begins. The first reason stays: a cancellation is never undone. */
  readonly cancellation: CancellationReason | null;
  readonly stock: StockState;
  /** The version of the reservation in the newest stock report; 0 while `stock` is `none`. */
  readonly stockSequence: number;
  readonly payment: PaymentState;
  /** The version of the payment in the newest payment report; 0 while `payment` is `none`. */
  readonly paymentSequence: number;
  /** 1 when placed; each applied trigger adds one. */
  readonly version: number;
}

export type Trigger =
  | { readonly kind: 'stock_reported'; readonly report: StockReport; readonly sequence: number }
  | { readonly kind: 'payment_reported'; readonly report: PaymentReport; readonly sequence: number }
  | { readonly kind: 'customer_cancelled' }
  | { readonly kind: 'deadline_passed' };

/** The event that an order publishes when it enters a status. Its sequence is the new version of the order. */
export type OrderEventName = 'order.confirmed' | 'order.completed' | 'order.cancelled';

export type Decision =
  | { readonly outcome: 'done'; readonly order: OrderProcess; readonly eventName: OrderEventName | null }
  /** The trigger was applied before. The order does not change. */
  | { readonly outcome: 'already' }
  /** A later trigger was applied before this one. The order does not change. */
  | { readonly outcome: 'overtaken' };

/** The trigger leads to a state that no order of messages can cause: the producer has a bug, and a retry would fail again. */
export class ImpossibleTransitionError extends Error {
  override readonly name = 'ImpossibleTransitionError';
  /** A consumer stores the message as a dead letter without a retry. */
  readonly permanent = true;

  constructor(
    readonly order: OrderProcess,
    readonly trigger: Trigger,
    readonly reason: string,
  ) {
    super(`order ${order.orderId} (${order.status}) cannot take ${describeTrigger(trigger)}: ${reason}`);
  }
}

/** A new order, before any report. The caller publishes `order.placed` with sequence 1. */
export function placeOrder(orderId: string): OrderProcess {
  return {
    orderId,
    status: 'pending',
    cancellation: null,
    stock: 'none',
    stockSequence: 0,
    payment: 'none',
    paymentSequence: 0,
    version: 1,
  };
}

/**
 * Decides the step of an order for a trigger. The newest report of each side counts, in any order of arrival.
 *
 * @throws ImpossibleTransitionError when a report contradicts an earlier one
 */
export function decide(order: OrderProcess, trigger: Trigger): Decision {
  switch (trigger.kind) {
    case 'stock_reported': {
      if (trigger.sequence === order.stockSequence) return repeated(order, order.stock, trigger);
      if (trigger.sequence < order.stockSequence) return { outcome: 'overtaken' };
      assertFollows(nextStockReports[order.stock], order, trigger);
      const updated = { ...order, stock: trigger.report, stockSequence: trigger.sequence };
      return applyCell(order, updated, trigger);
    }
    case 'payment_reported': {
      if (trigger.sequence === order.paymentSequence) return repeated(order, order.payment, trigger);
      if (trigger.sequence < order.paymentSequence) return { outcome: 'overtaken' };
      assertFollows(nextPaymentReports[order.payment], order, trigger);
      const updated = { ...order, payment: trigger.report, paymentSequence: trigger.sequence };
      return applyCell(order, updated, trigger);
    }
    case 'customer_cancelled':
      if (order.cancellation !== null) return { outcome: 'already' };
      return applyCell(order, { ...order, cancellation: 'customer_request' }, trigger);
    case 'deadline_passed':
      if (order.status !== 'pending') return { outcome: 'overtaken' };
      return applyCell(order, { ...order, cancellation: 'timed_out' }, trigger);
  }
}

/** The step from `before` to the cell of `updated`. */
function applyCell(before: OrderProcess, updated: OrderProcess, trigger: Trigger): Decision {
  const cell = lookUpCell(updated.stock, updated.payment, updated.cancellation);
  switch (cell.kind) {
    case 'status':
      return {
        outcome: 'done',
        order: { ...updated, status: cell.status, version: before.version + 1 },
        eventName: cell.status === before.status ? null : eventByStatus[cell.status],
      };
    case 'cancellation':
      return applyCell(before, { ...updated, cancellation: cell.reason }, trigger);
    case 'impossible':
      throw new ImpossibleTransitionError(before, trigger, cell.reason);
  }
}

/**
 * `order.cancelled` is published when the cancellation begins, because it makes inventory and payment compensate. A
 * cancellation never ends in the step that begins it, so the status `cancelled` needs no event.
 */
const eventByStatus: Readonly<Record<OrderStatus, OrderEventName | null>> = {
  pending: null,
  confirmed: 'order.confirmed',
  completed: 'order.completed',
  cancelling: 'order.cancelled',
  cancelled: null,
};

type Report = Extract<Trigger, { report: unknown }>;

/** A sender that was restored from a backup may report a step a second time, with another result. */
function repeated(order: OrderProcess, last: StockState | PaymentState, trigger: Report): Decision {
  if (trigger.report === last) return { outcome: 'already' };
  const reason = `#${trigger.sequence} was ${last} before; the sender may have been restored from a backup`;
  throw new ImpossibleTransitionError(order, trigger, reason);
}

function assertFollows(allowed: readonly string[], order: OrderProcess, trigger: Report): void {
  if (allowed.includes(trigger.report)) return;
  const last = trigger.kind === 'stock_reported' ? order.stock : order.payment;
  throw new ImpossibleTransitionError(order, trigger, `${trigger.report} never follows ${last}`);
}

function describeTrigger(trigger: Trigger): string {
  return 'report' in trigger ? `${trigger.kind} ${trigger.report} #${trigger.sequence}` : trigger.kind;
}
