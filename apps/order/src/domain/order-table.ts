/**
 * The order process as a table: what stock last said × what payment last said × whether a cancellation has
 * begun. Every rule about what an order does next is a cell of this file; `order-process.ts` only turns a
 * trigger into a look-up. docs/state-machines.md shows the same table, and a test compares the two.
 */

/** What inventory last said of an order's stock. `silent`: nothing yet. */
export const stockWords = ['silent', 'held', 'rejected', 'released', 'deducted', 'restocked'] as const;

/** What payment last said of an order's money. `silent`: nothing yet. */
export const paymentWords = [
  'silent',
  'authorized',
  'declined',
  'captured',
  'capture_failed',
  'voided',
  'refunded',
  'refund_failed',
] as const;

export type StockWord = (typeof stockWords)[number];
export type StockReport = Exclude<StockWord, 'silent'>;
export type PaymentWord = (typeof paymentWords)[number];
export type PaymentReport = Exclude<PaymentWord, 'silent'>;

export type OrderStatus = 'pending' | 'confirmed' | 'completed' | 'cancelling' | 'cancelled';

/** Why an order is cancelled. The first three the table decides; the customer and the deadline bring the others. */
export type CancellationReason =
  'out_of_stock' | 'payment_declined' | 'payment_failed' | 'customer_request' | 'timed_out';

export type Cell =
  /** The order is in this status, and waits for the next trigger. */
  | { readonly kind: 'status'; readonly status: OrderStatus }
  /** The order itself begins a cancellation, and is at once in the cell of the same name of the other half. */
  | { readonly kind: 'cancels'; readonly reason: CancellationReason }
  /** No order of messages leads here: whoever says so is mistaken. */
  | { readonly kind: 'impossible'; readonly why: string };

type CellPer<Words extends readonly unknown[]> = { readonly [Index in keyof Words]: Cell };
type Half = Readonly<Record<StockWord, CellPer<typeof paymentWords>>>;

const status = (status: OrderStatus): Cell => ({ kind: 'status', status });
const cancels = (reason: CancellationReason): Cell => ({ kind: 'cancels', reason });
const impossible = (why: string): Cell => ({ kind: 'impossible', why });

const pending = status('pending');
const confirmed = status('confirmed');
const completed = status('completed');
const cancelling = status('cancelling');
const cancelled = status('cancelled');

const noStock = cancels('out_of_stock');
const noMoney = cancels('payment_declined');
const noCapture = cancels('payment_failed');

const unasked = impossible('payment captures only after confirmation, and confirmation needs stock held');
const unpaid = impossible(
  'stock is deducted only after confirmation, and confirmation needs payment authorized',
);
const tooSoon = impossible('nothing is given back before a cancellation has begun');
const second = impossible('the first of the two refusals has already begun a cancellation');

// prettier-ignore
const beforeCancellation: Half = {
  //           silent     authorized  declined  captured   capture_failed  voided    refunded  refund_failed
  silent:    [ pending,   pending,    noMoney,  unasked,   unasked,        tooSoon,  tooSoon,  tooSoon  ],
  held:      [ pending,   confirmed,  noMoney,  confirmed, noCapture,      tooSoon,  tooSoon,  tooSoon  ],
  rejected:  [ noStock,   noStock,    second,   unasked,   unasked,        tooSoon,  tooSoon,  tooSoon  ],
  released:  [ tooSoon,   tooSoon,    tooSoon,  tooSoon,   tooSoon,        tooSoon,  tooSoon,  tooSoon  ],
  deducted:  [ unpaid,    confirmed,  unpaid,   completed, noCapture,      tooSoon,  tooSoon,  tooSoon  ],
  restocked: [ tooSoon,   tooSoon,    tooSoon,  tooSoon,   tooSoon,        tooSoon,  tooSoon,  tooSoon  ],
};

/**
 * Once a cancellation has begun there is no way back: late good news changes only what has yet to be given
 * back. Stock is settled when rejected, released or restocked; payment when declined, voided or refunded; the
 * order is cancelled when both are. `refund_failed` is an operator's task, and holds the order in `cancelling`.
 */
// prettier-ignore
const sinceCancellation: Half = {
  //           silent      authorized  declined    captured    capture_failed  voided      refunded    refund_failed
  silent:    [ cancelling, cancelling, cancelling, unasked,    unasked,        cancelling, unasked,    unasked ],
  held:      [ cancelling, cancelling, cancelling, cancelling, cancelling,     cancelling, cancelling, cancelling ],
  rejected:  [ cancelling, cancelling, cancelled,  unasked,    unasked,        cancelled,  unasked,    unasked ],
  released:  [ cancelling, cancelling, cancelled,  cancelling, cancelling,     cancelled,  cancelled,  cancelling ],
  deducted:  [ unpaid,     cancelling, unpaid,     cancelling, cancelling,     cancelling, cancelling, cancelling ],
  restocked: [ unpaid,     cancelling, unpaid,     cancelling, cancelling,     cancelled,  cancelled,  cancelling ],
};

/** The cell an order is in. */
export function cellOf(
  stock: StockWord,
  payment: PaymentWord,
  cancellation: CancellationReason | null,
): Cell {
  const half = cancellation === null ? beforeCancellation : sinceCancellation;
  const column: number = paymentWords.indexOf(payment);
  return half[stock][column] ?? impossible(`payment cannot say ${payment}`);
}

/** What inventory can say after what it said last. It never contradicts itself; of what it says, reports may be skipped. */
export const stockSaysNext: Readonly<Record<StockWord, readonly StockReport[]>> = {
  silent: ['held', 'rejected', 'released'],
  held: ['released', 'deducted', 'restocked'],
  rejected: [],
  released: [],
  deducted: ['restocked'],
  restocked: [],
};

/** What payment can say after what it said last. Only a failed refund is ever said twice: each attempt has its own answer. */
export const paymentSaysNext: Readonly<Record<PaymentWord, readonly PaymentReport[]>> = {
  silent: ['authorized', 'declined', 'voided'],
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
