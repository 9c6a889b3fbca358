import { emptyLevel, moveUnits, type Counter, type StockLevel } from './stock-level.js';

/** Units of one SKU. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type ReservationStatus = 'held' | 'rejected' | 'released' | 'deducted' | 'restocked';

/** The stock of one order: all of its lines are held, or none. */
export interface Reservation {
  readonly orderId: string;
  readonly status: ReservationStatus;
  /** The requested units, one line per SKU, sorted by SKU. Empty in a tombstone. */
  readonly lines: readonly Line[];
  /** 1 when created; each step adds one. It is the sequence of the event of the step. */
  readonly version: number;
}

/** The events of the order service, with the members that inventory reads. */
export type OrderEvent =
  | {
      readonly name: 'order.placed';
      readonly data: { readonly orderId: string; readonly lines: readonly Line[] };
    }
  | {
      readonly name: 'order.confirmed' | 'order.cancelled';
      readonly data: { readonly orderId: string };
    };

/** An order requests more units of a SKU than are available. An unlisted SKU has 0 available. */
export interface Shortage {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
}

export type StockEvent =
  | {
      readonly name: 'stock.rejected';
      readonly data: { readonly orderId: string; readonly shortages: readonly Shortage[] };
    }
  | {
      readonly name: 'stock.held' | 'stock.released' | 'stock.deducted' | 'stock.restocked';
      /** Empty in `stock.released` of a tombstone: no units were held. */
      readonly data: { readonly orderId: string; readonly lines: readonly Line[] };
    };

export type Decision =
  | {
      readonly outcome: 'done';
      readonly reservation: Reservation;
      /** The changed levels, after the change. */
      readonly stock: readonly StockLevel[];
      readonly event: StockEvent;
    }
  /** A repetition, or a cancellation without held units. No change. */
  | { readonly outcome: 'already' }
  /** The cancellation arrived first. No change. */
  | { readonly outcome: 'overtaken' };

/** No delivery order leads to this transition: the producer has a bug, and a retry would fail again. */
export class ImpossibleTransitionError extends Error {
  override readonly name = 'ImpossibleTransitionError';
  /** A consumer stores the message as a dead letter without a retry. */
  readonly permanent = true;

  constructor(
    readonly orderId: string,
    readonly state: ReservationState,
    readonly event: OrderEvent['name'],
    reason = 'no stock was held for it',
  ) {
    super(`reservation of order ${orderId} (${state}) cannot take ${event}: ${reason}`);
  }
}

/** The state before a message. A tombstone is the reservation of an order that was cancelled before `order.placed` arrived. */
export type ReservationState = 'none' | 'tombstone' | ReservationStatus;

/** `leave_tombstone` (空回滚, 防悬挂) stores a tombstone, so the late order holds no stock. */
export type Action =
  'hold' | 'deduct' | 'release' | 'restock' | 'leave_tombstone' | 'already' | 'overtaken' | 'impossible';

// prettier-ignore
const actions: Readonly<Record<ReservationState, readonly [placed: Action, confirmed: Action, cancelled: Action]>> = {
  //           order.placed   order.confirmed  order.cancelled
  none:      [ 'hold',        'impossible',    'leave_tombstone' ],
  tombstone: [ 'overtaken',   'impossible',    'already'         ],
  held:      [ 'already',     'deduct',        'release'         ],
  rejected:  [ 'already',     'impossible',    'already'         ],
  released:  [ 'already',     'overtaken',     'already'         ],
  deducted:  [ 'already',     'already',       'restock'         ],
  restocked: [ 'already',     'overtaken',     'already'         ],
};

export const reservationStates = Object.keys(actions) as readonly ReservationState[];

/** The action for a message in a state. */
export function actionFor(event: OrderEvent['name'], state: ReservationState): Action {
  const [placed, confirmed, cancelled] = actions[state];
  return { 'order.placed': placed, 'order.confirmed': confirmed, 'order.cancelled': cancelled }[event];
}

/** Every step of a reservation; null is before it exists. The audit checks recorded steps against this list (S6). */
// prettier-ignore
export const reservationTransitions:
  readonly (readonly [from: ReservationStatus | null, to: ReservationStatus])[] = [
  [null, 'held'],
  [null, 'rejected'],
  [null, 'released'],
  ['held', 'released'],
  ['held', 'deducted'],
  ['deducted', 'restocked'],
];

/** The SKUs of the levels that `decide` needs, sorted: lock them in this order. */
export function requiredSkus(reservation: Reservation | undefined, event: OrderEvent): readonly string[] {
  return affectedLines(reservation, event).map((line) => line.sku);
}

/**
 * Decides the step of a reservation for a message of the order service.
 *
 * @param stock the levels of `requiredSkus`; a missing level has 0 available
 * @throws ImpossibleTransitionError when a confirmed order has no held stock, or an order is placed again with other lines
 * @throws RangeError when the levels hold fewer units than the reservation
 */
export function decide(
  stock: ReadonlyMap<string, StockLevel>,
  reservation: Reservation | undefined,
  event: OrderEvent,
): Decision {
  const { orderId } = event.data;
  const lines = affectedLines(reservation, event);
  const version = (reservation?.version ?? 0) + 1;
  const state = reservationState(reservation);
  const action = actionFor(event.name, state);
  switch (action) {
    case 'hold': {
      const shortages = findShortages(stock, lines);
      if (shortages.length > 0) return reject({ orderId, status: 'rejected', lines, version }, shortages);
      return moveStock(stock, { orderId, status: 'held', lines, version }, 'available', 'held');
    }
    case 'deduct':
      return moveStock(stock, { orderId, status: 'deducted', lines, version }, 'held', 'deducted');
    case 'release':
    case 'leave_tombstone':
      return moveStock(stock, { orderId, status: 'released', lines, version }, 'held', 'available');
    case 'restock':
      return moveStock(stock, { orderId, status: 'restocked', lines, version }, 'deducted', 'available');
    case 'already':
    case 'overtaken':
      assertSameLines(reservation, event, state);
      return { outcome: action };
    case 'impossible':
      throw new ImpossibleTransitionError(orderId, state, event.name);
  }
}

export function reservationState(reservation: Reservation | undefined): ReservationState {
  if (!reservation) return 'none';
  const isTombstone = reservation.status === 'released' && reservation.lines.length === 0;
  return isTombstone ? 'tombstone' : reservation.status;
}

/** An order service that was restored from a backup, or a second one, may place an order again with other lines. */
function assertSameLines(
  reservation: Reservation | undefined,
  event: OrderEvent,
  state: ReservationState,
): void {
  if (event.name !== 'order.placed' || !reservation || state === 'tombstone') return;
  const { orderId, lines } = reservation;
  if (toText(mergeLines(event.data.lines)) === toText(lines)) return;
  const reason = `it was placed with ${toText(lines)} before; the sender may have been restored from a backup`;
  throw new ImpossibleTransitionError(orderId, state, event.name, reason);
}

function toText(lines: readonly Line[]): string {
  return lines.map(({ sku, quantity }) => `${sku} × ${quantity}`).join(', ');
}

/** The lines of a message: from the event itself, else from the reservation. */
function affectedLines(reservation: Reservation | undefined, event: OrderEvent): readonly Line[] {
  return event.name === 'order.placed' ? mergeLines(event.data.lines) : (reservation?.lines ?? []);
}

/** Adds up the lines of one SKU. Sorted by SKU, so that all transactions lock in the same order. */
function mergeLines(lines: readonly Line[]): readonly Line[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities.keys()].sort().map((sku) => ({ sku, quantity: quantities.get(sku) ?? 0 }));
}

function findShortages(stock: ReadonlyMap<string, StockLevel>, lines: readonly Line[]): readonly Shortage[] {
  return lines
    .map(({ sku, quantity }) => ({ sku, requested: quantity, available: stock.get(sku)?.available ?? 0 }))
    .filter((line) => line.available < line.requested);
}

function reject(reservation: Reservation, shortages: readonly Shortage[]): Decision {
  const event = { name: 'stock.rejected', data: { orderId: reservation.orderId, shortages } } as const;
  return { outcome: 'done', reservation, stock: [], event };
}

type MovedReservation = Reservation & { readonly status: Exclude<ReservationStatus, 'rejected'> };

function moveStock(
  stock: ReadonlyMap<string, StockLevel>,
  reservation: MovedReservation,
  from: Counter,
  to: Counter,
): Decision {
  const { orderId, status, lines } = reservation;
  const levels = lines.map(({ sku, quantity }) =>
    moveUnits(stock.get(sku) ?? emptyLevel(sku), quantity, from, to),
  );
  return {
    outcome: 'done',
    reservation,
    stock: levels,
    event: { name: `stock.${status}`, data: { orderId, lines } },
  };
}
