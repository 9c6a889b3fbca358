/**
 * The payment as tables: what it does about the order's messages, and about the gateway's answers. Four
 * statuses wait for the gateway, one for each operation; on each of the seven others the payment says so, in
 * the event of that name (`authorized` → `payment.authorized`). `payment.ts` applies the tables.
 */

/** Statuses in which one operation of the gateway is under way: never more than one per payment. */
export type WaitingStatus = 'authorizing' | 'capturing' | 'voiding' | 'refunding';

/** Statuses that are an answer to the order. */
export type ReportedStatus =
  'authorized' | 'declined' | 'captured' | 'capture_failed' | 'voided' | 'refunded' | 'refund_failed';

export type PaymentStatus = WaitingStatus | ReportedStatus;

export const operationNames = ['authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof operationNames)[number];

/** Where an operation waits, where each answer of the gateway leads, and where the payment keeps what it said. */
interface OperationStatuses {
  readonly waiting: WaitingStatus;
  readonly approved: ReportedStatus;
  readonly refused: ReportedStatus;
  readonly reference: string;
  readonly refusal: string;
}

/**
 * A refused void leads where an approved one does: what can no longer be voided, and was not captured, has
 * expired, or the bank has let it go. The customer pays nothing. (Captured after all: see `alreadyCaptured`.)
 */
// prettier-ignore
export const operations = {
  authorize: { waiting: 'authorizing', approved: 'authorized', refused: 'declined',
               reference: 'authorizationId', refusal: 'declineReason' },
  capture:   { waiting: 'capturing',   approved: 'captured',   refused: 'capture_failed',
               reference: 'captureId',       refusal: 'captureRefusal' },
  void:      { waiting: 'voiding',     approved: 'voided',     refused: 'voided',
               reference: 'voidId',          refusal: 'voidRefusal' },
  refund:    { waiting: 'refunding',   approved: 'refunded',   refused: 'refund_failed',
               reference: 'refundId',        refusal: 'refundRefusal' },
} as const satisfies Record<Operation, OperationStatuses>;

export const orderEvents = ['order.placed', 'order.confirmed', 'order.cancelled'] as const;
export type OrderEventName = (typeof orderEvents)[number];

/**
 * What a message of the order meets. A tombstone is the payment of an order that was cancelled before it was
 * placed; `…_cancelled` is a payment whose order was cancelled while the gateway handles a request for it.
 */
export type PaymentState =
  'none' | 'tombstone' | 'authorizing_cancelled' | 'capturing_cancelled' | PaymentStatus;

/**
 * An operation is begun. `await` remembers the cancellation until the gateway has answered: what may or may not
 * have been taken cannot be given back. `leave_tombstone` leaves the tombstone, so that the late order charges nothing.
 */
export type Action = Operation | 'await' | 'leave_tombstone' | 'already' | 'overtaken' | 'impossible';

// prettier-ignore
const actions: Readonly<Record<PaymentState, readonly [placed: Action, confirmed: Action, cancelled: Action]>> = {
  //                       order.placed   order.confirmed  order.cancelled
  none:                  [ 'authorize',   'impossible',    'leave_tombstone' ],
  tombstone:             [ 'overtaken',   'impossible',    'already'         ],
  authorizing:           [ 'already',     'impossible',    'await'           ],
  authorizing_cancelled: [ 'already',     'impossible',    'already'         ],
  authorized:            [ 'already',     'capture',       'void'            ],
  declined:              [ 'already',     'impossible',    'already'         ],
  capturing:             [ 'already',     'already',       'await'           ],
  capturing_cancelled:   [ 'already',     'overtaken',     'already'         ],
  captured:              [ 'already',     'already',       'refund'          ],
  capture_failed:        [ 'already',     'already',       'void'            ],
  voiding:               [ 'already',     'overtaken',     'already'         ],
  voided:                [ 'already',     'overtaken',     'already'         ],
  refunding:             [ 'already',     'overtaken',     'already'         ],
  refunded:              [ 'already',     'overtaken',     'already'         ],
  refund_failed:         [ 'already',     'overtaken',     'already'         ],
};

export const paymentStates = Object.keys(actions) as readonly PaymentState[];

/** What payment does about a message of the order in this state. */
export function actionFor(event: OrderEventName, state: PaymentState): Action {
  const [placed, confirmed, cancelled] = actions[state];
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
