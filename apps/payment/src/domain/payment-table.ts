/**
 * The payment as tables: what it does about the order's messages, and about the gateway's answers. Four
 * statuses wait for the gateway, one for each operation; on each of the seven others the payment says so, in
 * the event of that name (`authorized` → `payment.authorized`). `payment.ts` applies the tables.
 */

/** Statuses in which one operation of the gateway is under way: never more than one per payment. */
export type WaitingStatus = 'authorizing' | 'capturing' | 'voiding' | 'refunding';

/** Statuses that are an answer to the order. */
export type AnswerStatus =
  'authorized' | 'declined' | 'captured' | 'capture_failed' | 'voided' | 'refunded' | 'refund_failed';

export type PaymentStatus = WaitingStatus | AnswerStatus;

export const operationNames = ['authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof operationNames)[number];

/** Where an operation waits, where each answer of the gateway leads, and where the payment keeps what it said. */
interface Way {
  readonly waits: WaitingStatus;
  readonly approved: AnswerStatus;
  readonly refused: AnswerStatus;
  readonly reference: string;
  readonly refusal: string;
}

/**
 * A refused void leads where an approved one does: what can no longer be voided, and was not captured, has
 * expired, or the bank has let it go. The customer pays nothing. (Captured after all: see `alreadyCaptured`.)
 */
// prettier-ignore
export const operations = {
  authorize: { waits: 'authorizing', approved: 'authorized', refused: 'declined',
               reference: 'authorizationId', refusal: 'declineReason' },
  capture:   { waits: 'capturing',   approved: 'captured',   refused: 'capture_failed',
               reference: 'captureId',       refusal: 'captureRefusal' },
  void:      { waits: 'voiding',     approved: 'voided',     refused: 'voided',
               reference: 'voidId',          refusal: 'voidRefusal' },
  refund:    { waits: 'refunding',   approved: 'refunded',   refused: 'refund_failed',
               reference: 'refundId',        refusal: 'refundRefusal' },
} as const satisfies Record<Operation, Way>;

export const orderEvents = ['order.placed', 'order.confirmed', 'order.cancelled'] as const;
export type OrderEventName = (typeof orderEvents)[number];

/**
 * What a message of the order meets. A tombstone is the payment of an order that was cancelled before it was
 * placed; `unwanted` is a payment whose cancellation has come while the gateway is still busy with it.
 */
export type PaymentState =
  'none' | 'tombstone' | 'authorizing_unwanted' | 'capturing_unwanted' | PaymentStatus;

/**
 * An operation is begun. `await` remembers the cancellation until the gateway has answered: what may or may not
 * have been taken cannot be given back. `bury` leaves the tombstone, so that the late order charges nothing.
 */
export type Move = Operation | 'await' | 'bury' | 'already' | 'overtaken' | 'impossible';

// prettier-ignore
const moves: Readonly<Record<PaymentState, readonly [placed: Move, confirmed: Move, cancelled: Move]>> = {
  //                      order.placed   order.confirmed  order.cancelled
  none:                 [ 'authorize',   'impossible',    'bury'    ],
  tombstone:            [ 'overtaken',   'impossible',    'already' ],
  authorizing:          [ 'already',     'impossible',    'await'   ],
  authorizing_unwanted: [ 'already',     'impossible',    'already' ],
  authorized:           [ 'already',     'capture',       'void'    ],
  declined:             [ 'already',     'impossible',    'already' ],
  capturing:            [ 'already',     'already',       'await'   ],
  capturing_unwanted:   [ 'already',     'overtaken',     'already' ],
  captured:             [ 'already',     'already',       'refund'  ],
  capture_failed:       [ 'already',     'already',       'void'    ],
  voiding:              [ 'already',     'overtaken',     'already' ],
  voided:               [ 'already',     'overtaken',     'already' ],
  refunding:            [ 'already',     'overtaken',     'already' ],
  refunded:             [ 'already',     'overtaken',     'already' ],
  refund_failed:        [ 'already',     'overtaken',     'already' ],
};

export const paymentStates = Object.keys(moves) as readonly PaymentState[];

/** What payment does about a message of the order in this state. */
export function moveOn(event: OrderEventName, state: PaymentState): Move {
  const [placed, confirmed, cancelled] = moves[state];
  return { 'order.placed': placed, 'order.confirmed': confirmed, 'order.cancelled': cancelled }[event];
}

/**
 * Every step the history of a payment may show; null is before there was one. An answer that finds a
 * cancellation waiting passes straight on: `authorizing → voiding` is one step. A test holds every run
 * against this list.
 */
export const paymentTransitions: readonly (readonly [from: PaymentStatus | null, to: PaymentStatus])[] = [
  [null, 'authorizing'],
  [null, 'voided'],
  ['authorizing', 'authorizing'],
  ['authorizing', 'authorized'],
  ['authorizing', 'declined'],
  ['authorizing', 'voiding'],
  ['authorized', 'capturing'],
  ['authorized', 'voiding'],
  ['capturing', 'capturing'],
  ['capturing', 'captured'],
  ['capturing', 'capture_failed'],
  ['capturing', 'refunding'],
  ['capturing', 'voiding'],
  ['captured', 'refunding'],
  ['capture_failed', 'voiding'],
  ['voiding', 'voided'],
  ['refunding', 'refunded'],
  ['refunding', 'refund_failed'],
  ['refund_failed', 'refunding'],
];
