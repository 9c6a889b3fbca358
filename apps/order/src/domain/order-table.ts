/**
 * The order process as a table: what stock last said × what payment last said × whether a cancellation has
 * begun. Every rule about what an order does next is a cell of this file; `order-process.ts` only turns a
 * trigger into a look-up. docs/state-machines.md shows the same table, and a test compares the two.
 */

/** What inventory last said of an order's stock. `none`: nothing yet. */
export const stockStates = ['none', 'held', 'rejected', 'released', 'deducted', 'restocked'] as const;

/** What payment last said of an order's money. `none`: nothing yet. */
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

export type OrderStatus = 'pending' | 'confirmed' | 'completed' | 'cancelling' | 'cancelled';

/** Why an order is cancelled. The first three the table decides; the customer and the deadline bring the others. */
export type CancellationReason =
  'out_of_stock' | 'payment_declined' | 'payment_failed' | 'customer_request' | 'timed_out';

export type Cell =
  /** The order is in this status, and waits for the next trigger. */
  | { readonly kind: 'status'; readonly status: OrderStatus }
  /** The order itself begins a cancellation, and is at once in the cell of the same name of the other half. */
  | { readonly kind: 'cancellation'; readonly reason: CancellationReason }
  /** No order of messages leads here: whoever says so is mistaken. */
  | { readonly kind: 'impossible'; readonly reason: string };

type CellRow<States extends readonly unknown[]> = { readonly [Index in keyof States]: Cell };
type CellTable = Readonly<Record<StockState, CellRow<typeof paymentStates>>>;

const status = (status: OrderStatus): Cell => ({ kind: 'status', status });
const cancels = (reason: CancellationReason): Cell => ({ kind: 'cancellation', reason });
const impossible = (reason: string): Cell => ({ kind: 'impossible', reason });

const pending = status('pending');
const confirmed = status('confirmed');
const completed = status('completed');
const cancelling = status('cancelling');
const cancelled = status('cancelled');

const noStock = cancels('out_of_stock');
const noMoney = cancels('payment_declined');
const noCapture = cancels('payment_failed');

const notHeld = impossible('payment captures only after confirmation, and confirmation needs stock held');
const noAuth = impossible(
  'stock is deducted only after confirmation, and confirmation needs payment authorized',
);
const tooSoon = impossible('nothing is given back before a cancellation has begun');
const second = impossible('the first of the two refusals has already begun a cancellation');

// prettier-ignore
const beforeCancellation: CellTable = {
  //           none     authorized  declined  captured   capture_failed  voided    refunded  refund_failed
  none:      [ pending,   pending,    noMoney,  notHeld,   notHeld,        tooSoon,  tooSoon,  tooSoon  ],
  held:      [ pending,   confirmed,  noMoney,  confirmed, noCapture,      tooSoon,  tooSoon,  tooSoon  ],
  rejected:  [ noStock,   noStock,    second,   notHeld,   notHeld,        tooSoon,  tooSoon,  tooSoon  ],
  released:  [ tooSoon,   tooSoon,    tooSoon,  tooSoon,   tooSoon,        tooSoon,  tooSoon,  tooSoon  ],
  deducted:  [ noAuth,    confirmed,  noAuth,   completed, noCapture,      tooSoon,  tooSoon,  tooSoon  ],
  restocked: [ tooSoon,   tooSoon,    tooSoon,  tooSoon,   tooSoon,        tooSoon,  tooSoon,  tooSoon  ],
};

/**
 * Once a cancellation has begun there is no way back: late good news changes only what has yet to be given
 * back. Stock is settled when rejected, released or restocked; payment when declined, voided or refunded; the
 * order is cancelled when both are. `refund_failed` is an operator's task, and holds the order in `cancelling`.
 */
// prettier-ignore
const sinceCancellation: CellTable = {
  //           none      authorized  declined    captured    capture_failed  voided      refunded    refund_failed
  none:      [ cancelling, cancelling, cancelling, notHeld,    notHeld,        cancelling, notHeld,    notHeld ],
  held:      [ cancelling, cancelling, cancelling, cancelling, cancelling,     cancelling, cancelling, cancelling ],
  rejected:  [ cancelling, cancelling, cancelled,  notHeld,    notHeld,        cancelled,  notHeld,    notHeld ],
  released:  [ cancelling, cancelling, cancelled,  cancelling, cancelling,     cancelled,  cancelled,  cancelling ],
  deducted:  [ noAuth,     cancelling, noAuth,     cancelling, cancelling,     cancelling, cancelling, cancelling ],
  restocked: [ noAuth,     cancelling, noAuth,     cancelling, cancelling,     cancelled,  cancelled,  cancelling ],
};

/** The cell an order is in. */
export function lookUpCell(
  stock: StockState,
  payment: PaymentState,
  cancellation: CancellationReason | null,
): Cell {
  const table = cancellation === null ? beforeCancellation : sinceCancellation;
  const column: number = paymentStates.indexOf(payment);
  return table[stock][column] ?? impossible(`payment cannot say ${payment}`);
}

/** What inventory can say after what it said last. It never contradicts itself; of what it says, reports may be skipped. */
export const nextStockReports: Readonly<Record<StockState, readonly StockReport[]>> = {
  none: ['held', 'rejected', 'released'],
  held: ['released', 'deducted', 'restocked'],
  rejected: [],
  released: [],
  deducted: ['restocked'],
  restocked: [],
};

/** What payment can say after what it said last. Only a failed refund is ever said twice: each attempt has its own answer. */
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
 * Every step the history of an order may show; null is before the order was placed, and a step from a status
 * to itself records a report that left the order waiting. The audit holds all recorded steps against this list.
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
