/**
 * The payment's state machine as tables: transitions by order event and by gateway response. Four statuses wait for the
 * gateway, one per operation. Payment publishes each of the other seven as the event of that name (`authorized` →
 * `payment.authorized`). `payment.ts` applies the tables.
 */

/** Statuses with a gateway operation pending: at most one per payment. */
export type WaitingStatus = 'authorizing' | 'capturing' | 'voiding' | 'refunding';

/** Statuses that payment reports to the order service. */
export type ReportedStatus =
  'authorized' | 'declined' | 'captured' | 'capture_failed' | 'voided' | 'refunded' | 'refund_failed';

export type PaymentStatus = WaitingStatus | ReportedStatus;

export const operationNames = ['authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof operationNames)[number];

/** An operation's status while pending, its status per outcome, and the payment's members for the response's data. */
interface OperationStatuses {
  readonly waiting: WaitingStatus;
  readonly approved: ReportedStatus;
  readonly refused: ReportedStatus;
  readonly reference: string;
  readonly refusal: string;
}

/**
 * A refused void also leads to `voided`: an authorization that is neither voidable nor captured has expired, or the
 * bank released it. The customer pays nothing. For a refusal because of a capture see `alreadyCaptured`.
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
 * The payment's state when an order event arrives. `tombstone`: `order.cancelled` arrived before `order.placed`.
 * `…_cancelled`: `order.cancelled` arrived while a gateway operation was pending.
 */
export type PaymentState =
  'none' | 'tombstone' | 'authorizing_cancelled' | 'capturing_cancelled' | PaymentStatus;

/**
 * Payment's reaction to an order event. An operation starts that operation. `await` records the cancellation until the
 * response arrives, because a charge of unknown outcome cannot be reversed. `leave_tombstone` saves a payment without
 * money, so a late `order.placed` starts no charge (空回滚、防悬挂).
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

/** Payment's action for an order event in a state. */
export function actionFor(event: OrderEventName, state: PaymentState): Action {
  const [placed, confirmed, cancelled] = actions[state];
  return { 'order.placed': placed, 'order.confirmed': confirmed, 'order.cancelled': cancelled }[event];
}

/**
 * Every status change that a payment may record; null is the status before the first one. A response that finds a
 * recorded cancellation starts the reversal in the same step: `authorizing → voiding`. The audit checks every run
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
  ['refund_failed', 'refunded'],
];
