/**
 * The order process as a table: newest stock report × newest payment report × whether a cancellation has begun. Every
 * rule about the next step of an order is a cell of this file; `order-process.ts` only looks the cell up.
 * docs/reference/state-machines.md shows the same table, and test/domain/state-machines-page.spec.ts compares the two.
 */

/** The newest report of inventory about an order; `none` before the first. */
export const stockStates = ['none', 'held', 'rejected', 'released', 'deducted', 'restocked'] as const;

/** The newest report of payment about an order; `none` before the first. */
export const paymentStates = [
  'none',
  'authorized',
  'declined',
  'captured',
  'capture_failed',
  'voided',
  'refunded',
  'refund_failed',
] as const;

export type StockState = (typeof stockStates)[number];
export type StockReport = Exclude<StockState, 'none'>;
export type PaymentState = (typeof paymentStates)[number];
export type PaymentReport = Exclude<PaymentState, 'none'>;

/** Every status of an order. */
export const orderStatuses = ['pending', 'confirmed', 'completed', 'cancelling', 'cancelled'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** Why an order is cancelled. The table decides the first three; the customer and the deadline cause the last two. */
export type CancellationReason =
  'out_of_stock' | 'payment_declined' | 'payment_failed' | 'customer_request' | 'timed_out';

export type Cell =
  /** The order has this status until the next trigger. */
  | { readonly kind: 'status'; readonly status: OrderStatus }
  /** The order cancels itself in the same step: the cell at the same place of `sinceCancellation` applies. */
  | { readonly kind: 'cancellation'; readonly reason: CancellationReason }
  /** No delivery order leads here: the producer has a bug. */
  | { readonly kind: 'impossible'; readonly reason: string };

type CellRow<States extends readonly unknown[]> = { readonly [Index in keyof States]: Cell };
type CellTable = Readonly<Record<StockState, CellRow<typeof paymentStates>>>;

const status = (name: OrderStatus): Cell => ({ kind: 'status', status: name });
const cancels = (reason: CancellationReason): Cell => ({ kind: 'cancellation', reason });
const impossible = (reason: string): Cell => ({ kind: 'impossible', reason });

// A status by its name; no… cancels the order; needs…, tooSoon and hasBegun are impossible.
const pending = status('pending');
const confirmed = status('confirmed');
const completed = status('completed');
const cancelling = status('cancelling');
const cancelled = status('cancelled');

const noStock = cancels('out_of_stock');
const noMoney = cancels('payment_declined');
const noCapture = cancels('payment_failed');

const needsHold = impossible('payment captures only after confirmation, and confirmation needs stock held');
const needsAuth = impossible(
  'stock is deducted only after confirmation, and confirmation needs payment authorized',
);
const tooSoon = impossible('stock and money are given back only after a cancellation has begun');
const hasBegun = impossible('the first of the two refusals has already begun a cancellation');

// prettier-ignore
const beforeCancellation: CellTable = {
  //           none        authorized  declined    captured    capture_failed  voided    refunded  refund_failed
  none:      [ pending,    pending,    noMoney,    needsHold,  needsHold,      tooSoon,  tooSoon,  tooSoon ],
  held:      [ pending,    confirmed,  noMoney,    confirmed,  noCapture,      tooSoon,  tooSoon,  tooSoon ],
  rejected:  [ noStock,    noStock,    hasBegun,   needsHold,  needsHold,      tooSoon,  tooSoon,  tooSoon ],
  released:  [ tooSoon,    tooSoon,    tooSoon,    tooSoon,    tooSoon,        tooSoon,  tooSoon,  tooSoon ],
  deducted:  [ needsAuth,  confirmed,  needsAuth,  completed,  noCapture,      tooSoon,  tooSoon,  tooSoon ],
  restocked: [ tooSoon,    tooSoon,    tooSoon,    tooSoon,    tooSoon,        tooSoon,  tooSoon,  tooSoon ],
};

/**
 * A cancellation is never undone: a later success only adds a compensation. Stock is final when rejected,
 * released or restocked; payment is final when declined, voided or refunded. The order is cancelled when both are
 * final. `refund_failed` keeps the order in `cancelling` until an operator retries the refund.
 */
// prettier-ignore
const sinceCancellation: CellTable = {
  //           none         authorized   declined     captured     capture_failed  voided       refunded     refund_failed
  none:      [ cancelling,  cancelling,  cancelling,  needsHold,   needsHold,      cancelling,  needsHold,   needsHold ],
  held:      [ cancelling,  cancelling,  cancelling,  cancelling,  cancelling,     cancelling,  cancelling,  cancelling ],
  rejected:  [ cancelling,  cancelling,  cancelled,   needsHold,   needsHold,      cancelled,   needsHold,   needsHold ],
  released:  [ cancelling,  cancelling,  cancelled,   cancelling,  cancelling,     cancelled,   cancelled,   cancelling ],
  deducted:  [ needsAuth,   cancelling,  needsAuth,   cancelling,  cancelling,     cancelling,  cancelling,  cancelling ],
  restocked: [ needsAuth,   cancelling,  needsAuth,   cancelling,  cancelling,     cancelled,   cancelled,   cancelling ],
};

/** The cell of an order. */
export function lookUpCell(
  stock: StockState,
  payment: PaymentState,
  cancellation: CancellationReason | null,
): Cell {
  const table = cancellation === null ? beforeCancellation : sinceCancellation;
  const column: number = paymentStates.indexOf(payment);
  return table[stock][column] ?? impossible(`payment never reports ${payment}`);
}

/** The reports of inventory that can follow its newest one. A report may be skipped when a newer one arrives first. */
export const nextStockReports: Readonly<Record<StockState, readonly StockReport[]>> = {
  none: ['held', 'rejected', 'released'],
  held: ['released', 'deducted', 'restocked'],
  rejected: [],
  released: [],
  deducted: ['restocked'],
  restocked: [],
};

/** The reports of payment that can follow its newest one. Only `refund_failed` repeats: every attempt is reported. */
export const nextPaymentReports: Readonly<Record<PaymentState, readonly PaymentReport[]>> = {
  none: ['authorized', 'declined', 'voided'],
  authorized: ['captured', 'capture_failed', 'voided', 'refunded', 'refund_failed'],
  declined: [],
  captured: ['refunded', 'refund_failed'],
  capture_failed: ['voided'],
  voided: [],
  refunded: [],
  refund_failed: ['refunded', 'refund_failed'],
};

/**
 * Every step that the history of an order may contain; null is before the order was placed. A step from a status to itself
 * records a report that did not change the status. The audit checks every recorded step against this list (S6).
 */
export const orderTransitions: readonly (readonly [from: OrderStatus | null, to: OrderStatus])[] = [
  [null, 'pending'],
  ['pending', 'pending'],
  ['pending', 'confirmed'],
  ['pending', 'cancelling'],
  ['confirmed', 'confirmed'],
  ['confirmed', 'completed'],
  ['confirmed', 'cancelling'],
  ['completed', 'cancelling'],
  ['cancelling', 'cancelling'],
  ['cancelling', 'cancelled'],
];
