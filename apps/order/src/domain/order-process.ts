import {
  cellOf,
  paymentSaysNext,
  stockSaysNext,
  type CancellationReason,
  type OrderStatus,
  type PaymentReport,
  type PaymentWord,
  type StockReport,
  type StockWord,
} from './order-table.js';

/** The state of one order's process manager: all that decides what the order does next. */
export interface OrderProcess {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Null until a cancellation begins. The first reason stays; there is no way back. */
  readonly cancellation: CancellationReason | null;
  readonly stock: StockWord;
  /** The reservation's version in the newest report of stock; 0 while stock is silent. */
  readonly stockSequence: number;
  readonly payment: PaymentWord;
  /** The payment's version in the newest report of payment; 0 while payment is silent. */
  readonly paymentSequence: number;
  /** 1 when placed, and one more for every trigger applied. */
  readonly version: number;
}

export type Trigger =
  | { readonly kind: 'stock_reported'; readonly report: StockReport; readonly sequence: number }
  | { readonly kind: 'payment_reported'; readonly report: PaymentReport; readonly sequence: number }
  | { readonly kind: 'customer_cancelled' }
  | { readonly kind: 'deadline_passed' };

/** The event an order owes the world on entering a status. Its sequence is the order's new version. */
export type Announcement = 'order.confirmed' | 'order.completed' | 'order.cancelled';

export type Decision =
  | { readonly outcome: 'done'; readonly order: OrderProcess; readonly announces: Announcement | null }
  /** A repetition: what it asks for or says is on record. Nothing changes. */
  | { readonly outcome: 'already' }
  /** Something later has made it pointless. Nothing changes. */
  | { readonly outcome: 'overtaken' };

/** The trigger leads to a state that no order of messages can bring about: its sender is mistaken, retrying is no use. */
export class ImpossibleTransition extends Error {
  override readonly name = 'ImpossibleTransition';
  /** The same message would fail again: it is a dead letter at once. */
  readonly permanent = true;

  constructor(
    readonly order: OrderProcess,
    readonly trigger: Trigger,
    readonly why: string,
  ) {
    super(`order ${order.orderId} (${order.status}) cannot take ${describe(trigger)}: ${why}`);
  }
}

/** An order as it is placed: neither side has spoken. The caller announces `order.placed`, with sequence 1. */
export function placeOrder(orderId: string): OrderProcess {
  return {
    orderId,
    status: 'pending',
    cancellation: null,
    stock: 'silent',
    stockSequence: 0,
    payment: 'silent',
    paymentSequence: 0,
    version: 1,
  };
}

/**
 * What an order does about a trigger. Of each side the newest report wins, whatever the order of arrival.
 *
 * @throws ImpossibleTransition when the report contradicts what was said before
 */
export function decide(order: OrderProcess, trigger: Trigger): Decision {
  switch (trigger.kind) {
    case 'stock_reported': {
      if (trigger.sequence === order.stockSequence) return { outcome: 'already' };
      if (trigger.sequence < order.stockSequence) return { outcome: 'overtaken' };
      mustFollow(stockSaysNext[order.stock], order, trigger);
      const heard = { ...order, stock: trigger.report, stockSequence: trigger.sequence };
      return look(order, heard, trigger);
    }
    case 'payment_reported': {
      if (trigger.sequence === order.paymentSequence) return { outcome: 'already' };
      if (trigger.sequence < order.paymentSequence) return { outcome: 'overtaken' };
      mustFollow(paymentSaysNext[order.payment], order, trigger);
      const heard = { ...order, payment: trigger.report, paymentSequence: trigger.sequence };
      return look(order, heard, trigger);
    }
    case 'customer_cancelled':
      if (order.cancellation !== null) return { outcome: 'already' };
      return look(order, { ...order, cancellation: 'customer_request' }, trigger);
    case 'deadline_passed':
      if (order.status !== 'pending') return { outcome: 'overtaken' };
      return look(order, { ...order, cancellation: 'timed_out' }, trigger);
  }
}

/** The step from `before` to the cell that what was heard puts the order in. */
function look(before: OrderProcess, heard: OrderProcess, trigger: Trigger): Decision {
  const cell = cellOf(heard.stock, heard.payment, heard.cancellation);
  switch (cell.kind) {
    case 'status':
      return {
        outcome: 'done',
        order: { ...heard, status: cell.status, version: before.version + 1 },
        announces: cell.status === before.status ? null : announcementOn[cell.status],
      };
    case 'cancels':
      return look(before, { ...heard, cancellation: cell.reason }, trigger);
    case 'impossible':
      throw new ImpossibleTransition(before, trigger, cell.why);
  }
}

/**
 * `order.cancelled` goes out when the cancellation begins: it is what tells both sides to give back. No
 * cancellation is over in the step that begins it, so the end, `cancelled`, needs no announcement of its own.
 */
const announcementOn: Readonly<Record<OrderStatus, Announcement | null>> = {
  pending: null,
  confirmed: 'order.confirmed',
  completed: 'order.completed',
  cancelling: 'order.cancelled',
  cancelled: null,
};

type Report = Extract<Trigger, { report: unknown }>;

function mustFollow(possible: readonly string[], order: OrderProcess, trigger: Report): void {
  if (possible.includes(trigger.report)) return;
  const said = trigger.kind === 'stock_reported' ? order.stock : order.payment;
  throw new ImpossibleTransition(order, trigger, `${trigger.report} never follows ${said}`);
}

function describe(trigger: Trigger): string {
  return 'report' in trigger ? `${trigger.kind} ${trigger.report} #${trigger.sequence}` : trigger.kind;
}
