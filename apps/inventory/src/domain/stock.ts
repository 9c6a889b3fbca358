import { emptyLevel, moveUnits, type Counter, type StockLevel } from './stock-level.js';

/** Units of one SKU. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type ReservationStatus = 'held' | 'rejected' | 'released' | 'deducted' | 'restocked';

/** What one order was promised of the stock: all of its lines, or none. */
export interface Reservation {
  readonly orderId: string;
  readonly status: ReservationStatus;
  /** What the order asks for, one line per SKU, sorted by SKU. Empty in a tombstone. */
  readonly lines: readonly Line[];
  /** 1 when made, and one more for every step. It is the sequence of the step's event. */
  readonly version: number;
}

/** The messages of the order service, as far as inventory reads them. */
export type OrderEvent =
  | {
      readonly name: 'order.placed';
      readonly data: { readonly orderId: string; readonly lines: readonly Line[] };
    }
  | {
      readonly name: 'order.confirmed' | 'order.cancelled';
      readonly data: { readonly orderId: string };
    };

/** Of one SKU more is asked for than is available. A SKU never listed has nothing available. */
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
      /** Empty `lines` in a `stock.released` say that nothing was ever held. */
      readonly data: { readonly orderId: string; readonly lines: readonly Line[] };
    };

export type Decision =
  | {
      readonly outcome: 'done';
      readonly reservation: Reservation;
      /** The levels that changed, as they are now. */
      readonly stock: readonly StockLevel[];
      readonly event: StockEvent;
    }
  /** A repetition, or a cancellation with nothing to give back. Nothing changes. */
  | { readonly outcome: 'already' }
  /** A cancellation has come first and made it pointless. Nothing changes. */
  | { readonly outcome: 'overtaken' };

/** The message asks for what no order of messages can bring about: its sender is mistaken, retrying is no use. */
export class ImpossibleTransitionError extends Error {
  override readonly name = 'ImpossibleTransitionError';
  /** The same message would fail again: it is a dead letter at once. */
  readonly permanent = true;

  constructor(
    readonly orderId: string,
    readonly state: ReservationState,
    readonly event: OrderEvent['name'],
  ) {
    super(`reservation of order ${orderId} (${state}) cannot take ${event}: nothing was ever held for it`);
  }
}

/** What a message meets. A tombstone is the reservation of an order that was cancelled before it was placed. */
export type ReservationState = 'none' | 'tombstone' | ReservationStatus;

/** `leave_tombstone` leaves the tombstone, so that the late order holds nothing. */
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

/** What inventory does about a message of the order in this state. */
export function actionFor(event: OrderEvent['name'], state: ReservationState): Action {
  const [placed, confirmed, cancelled] = actions[state];
  return { 'order.placed': placed, 'order.confirmed': confirmed, 'order.cancelled': cancelled }[event];
}

/** Every step the history of a reservation may show; null is before there was one. The audit holds it against this list. */
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

/** The SKUs whose levels `decide` needs for this message, sorted: lock them in this order. */
export function requiredSkus(reservation: Reservation | undefined, event: OrderEvent): readonly string[] {
  return affectedLines(reservation, event).map((line) => line.sku);
}

/**
 * What inventory does about a message of the order service.
 *
 * @param stock the levels of `requiredSkus`; a missing one has nothing available
 * @throws ImpossibleTransitionError when an order is confirmed for which nothing was ever held
 * @throws RangeError when the levels do not cover what the reservation says they hold
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

/** The lines a message is about: those it brings, else those on record. */
function affectedLines(reservation: Reservation | undefined, event: OrderEvent): readonly Line[] {
  return event.name === 'order.placed' ? mergeLines(event.data.lines) : (reservation?.lines ?? []);
}

/** Two lines on one SKU count together. Sorted by SKU, so that all lock in the same order. */
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
