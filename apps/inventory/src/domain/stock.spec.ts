import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLevel, type StockLevel } from './stock-level.js';
import {
  decide,
  ImpossibleTransitionError,
  actionFor,
  reservationStates,
  requiredSkus,
  reservationState,
  type Decision,
  type Line,
  type OrderEvent,
  type Reservation,
  type ReservationState,
} from './stock.js';

const orderId = 'o-1';
const tea = (quantity: number): Line => ({ sku: 'TEA', quantity });
const cup = (quantity: number): Line => ({ sku: 'CUP', quantity });

const placed = (...lines: readonly Line[]): OrderEvent => ({
  name: 'order.placed',
  data: { orderId, lines },
});
const confirmed: OrderEvent = { name: 'order.confirmed', data: { orderId } };
const cancelled: OrderEvent = { name: 'order.cancelled', data: { orderId } };

function createStock(units: Readonly<Record<string, number>>): ReadonlyMap<string, StockLevel> {
  const level = (sku: string, received: number) => ({ ...emptyLevel(sku), received, available: received });
  return new Map(Object.entries(units).map(([sku, received]) => [sku, level(sku, received)]));
}

const enough = createStock({ TEA: 5, CUP: 5 });

interface InventoryState {
  readonly stock: ReadonlyMap<string, StockLevel>;
  readonly reservation: Reservation | undefined;
}

/** Stock and reservation after all events. */
function after(stock: ReadonlyMap<string, StockLevel>, ...events: readonly OrderEvent[]): InventoryState {
  return events.reduce<InventoryState>(
    (state, event) => applyDecision(state, decide(state.stock, state.reservation, event)),
    { stock, reservation: undefined },
  );
}

function applyDecision({ stock, reservation }: InventoryState, decision: Decision): InventoryState {
  if (decision.outcome !== 'done') return { stock, reservation };
  const changed = decision.stock.map((level) => [level.sku, level] as const);
  return { stock: new Map([...stock, ...changed]), reservation: decision.reservation };
}

/** Events that lead into each state. */
const pathsInto: Readonly<Record<ReservationState, readonly OrderEvent[]>> = {
  none: [],
  tombstone: [cancelled],
  held: [placed(tea(2), cup(1))],
  rejected: [placed(tea(6))],
  released: [placed(tea(2), cup(1)), cancelled],
  deducted: [placed(tea(2), cup(1)), confirmed],
  restocked: [placed(tea(2), cup(1)), confirmed, cancelled],
};

describe('the reservation table', () => {
  const cells = reservationStates.flatMap((state) =>
    [
      pathsInto[state].find(({ name }) => name === 'order.placed') ?? placed(tea(1)),
      confirmed,
      cancelled,
    ].map((event) => ({
      state,
      event,
      name: event.name,
      action: actionFor(event.name, state),
    })),
  );

  it.each(cells)('decides $action for $name in $state', ({ state, event, action }) => {
    const { stock, reservation } = after(enough, ...pathsInto[state]);
    expect(reservationState(reservation)).toBe(state);
    const run = () => decide(stock, reservation, event);
    const version = (reservation?.version ?? 0) + 1;
    const done = (status: string) => ({
      outcome: 'done',
      reservation: { orderId, status, version },
      event: { name: `stock.${status}`, data: { orderId } },
    });
    switch (action) {
      case 'hold':
        return expect(run()).toMatchObject(done('held'));
      case 'deduct':
        return expect(run()).toMatchObject(done('deducted'));
      case 'release':
      case 'leave_tombstone':
        return expect(run()).toMatchObject(done('released'));
      case 'restock':
        return expect(run()).toMatchObject(done('restocked'));
      case 'already':
      case 'overtaken':
        return expect(run()).toEqual({ outcome: action });
      case 'impossible':
        return expect(run).toThrow(ImpossibleTransitionError);
    }
  });
});

describe('a placed order', () => {
  it('has all of its lines held', () => {
    expect(decide(enough, undefined, placed(tea(2), cup(1)))).toEqual({
      outcome: 'done',
      reservation: { orderId, status: 'held', lines: [cup(1), tea(2)], version: 1 },
      stock: [
        { sku: 'CUP', received: 5, available: 4, held: 1, deducted: 0 },
        { sku: 'TEA', received: 5, available: 3, held: 2, deducted: 0 },
      ],
      event: { name: 'stock.held', data: { orderId, lines: [cup(1), tea(2)] } },
    });
  });

  it('may take the last unit', () => {
    expect(decide(enough, undefined, placed(tea(5)))).toMatchObject({ reservation: { status: 'held' } });
  });

  it('has no line held when one is short', () => {
    expect(decide(enough, undefined, placed(tea(6), cup(1)))).toEqual({
      outcome: 'done',
      reservation: { orderId, status: 'rejected', lines: [cup(1), tea(6)], version: 1 },
      stock: [],
      event: {
        name: 'stock.rejected',
        data: { orderId, shortages: [{ sku: 'TEA', requested: 6, available: 5 }] },
      },
    });
  });

  it('has two lines on one SKU counted together', () => {
    expect(decide(enough, undefined, placed(tea(3), tea(3)))).toMatchObject({
      reservation: { status: 'rejected' },
      event: { data: { shortages: [{ sku: 'TEA', requested: 6, available: 5 }] } },
    });
    expect(decide(enough, undefined, placed(tea(3), cup(1), tea(2)))).toMatchObject({
      reservation: { status: 'held', lines: [cup(1), tea(5)] },
    });
  });

  it('is rejected when the SKU is unknown', () => {
    expect(decide(new Map(), undefined, placed(tea(1)))).toMatchObject({
      event: { data: { shortages: [{ sku: 'TEA', requested: 1, available: 0 }] } },
    });
  });

  it('holds no stock after its cancellation', () => {
    const { stock, reservation } = after(enough, cancelled);
    expect(reservation).toEqual({ orderId, status: 'released', lines: [], version: 1 });
    expect(decide(stock, reservation, placed(tea(1)))).toEqual({ outcome: 'overtaken' });
  });
});

describe('held stock', () => {
  it('is deducted on confirmation and restocked on cancellation', () => {
    const deducted = after(enough, placed(tea(2)), confirmed);
    expect(deducted.stock.get('TEA')).toMatchObject({ available: 3, held: 0, deducted: 2 });
    const restocked = after(enough, placed(tea(2)), confirmed, cancelled);
    expect(restocked.stock.get('TEA')).toEqual(enough.get('TEA'));
    expect(restocked.reservation).toMatchObject({ status: 'restocked', version: 3 });
  });

  it('is released once by repeated cancellations', () => {
    const { stock } = after(enough, placed(tea(2)), cancelled, cancelled);
    expect(stock.get('TEA')).toEqual(enough.get('TEA'));
  });

  it('is never negative: disagreeing counters are an error', () => {
    const { reservation } = after(enough, placed(tea(2)));
    expect(() => decide(enough, reservation, cancelled)).toThrow(RangeError);
    expect(() => decide(new Map(), reservation, confirmed)).toThrow(RangeError);
  });
});

it('an impossible transition names order, state and event', () => {
  try {
    decide(enough, undefined, confirmed);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ orderId, state: 'none', event: 'order.confirmed', permanent: true });
  }
});

it('the SKUs to lock are sorted and unique', () => {
  expect(requiredSkus(undefined, placed(tea(1), cup(1), tea(2)))).toEqual(['CUP', 'TEA']);
  const { reservation } = after(enough, placed(tea(2), cup(1)));
  expect(requiredSkus(reservation, confirmed)).toEqual(['CUP', 'TEA']);
  expect(requiredSkus(undefined, cancelled)).toEqual([]);
});

it('received = available + held + deducted, none negative (S1)', () => {
  // An order has the same lines whenever it is placed.
  const anyLine = fc.record({ sku: fc.constantFrom('TEA', 'CUP'), quantity: fc.integer({ min: 1, max: 4 }) });
  const anyEvents = fc
    .array(anyLine, { minLength: 1, maxLength: 3 })
    .chain((lines) => fc.array(fc.constantFrom(placed(...lines), confirmed, cancelled)));
  fc.assert(
    fc.property(anyEvents, (events) => {
      let state: InventoryState = { stock: enough, reservation: undefined };
      for (const event of events) {
        if (actionFor(event.name, reservationState(state.reservation)) === 'impossible') continue;
        state = applyDecision(state, decide(state.stock, state.reservation, event));
        for (const { received, available, held, deducted } of state.stock.values()) {
          expect(received).toBe(available + held + deducted);
          expect(Math.min(available, held, deducted)).toBeGreaterThanOrEqual(0);
        }
      }
    }),
  );
});

describe('an order placed again', () => {
  const before = after(enough, placed(tea(1), cup(1), tea(1)));

  it('is the same with its lines in another order or shape', () => {
    const again = placed(cup(1), tea(2));
    expect(decide(before.stock, before.reservation, again)).toEqual({ outcome: 'already' });
  });

  it.each([[[tea(2)]], [[tea(3), cup(1)]], [[tea(2), { sku: 'CAN', quantity: 1 }]]])(
    'with other lines is impossible',
    (lines) => {
      const run = () => decide(before.stock, before.reservation, placed(...lines));
      expect(run).toThrow(ImpossibleTransitionError);
      expect(run).toThrow('it was placed with CUP × 1, TEA × 2 before');
    },
  );

  it('after its cancellation is overtaken, with any lines', () => {
    const { stock, reservation } = after(enough, cancelled);
    expect(decide(stock, reservation, placed(cup(5)))).toEqual({ outcome: 'overtaken' });
  });
});
