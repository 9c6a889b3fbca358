import { beforeAll, describe, expect, it } from 'vitest';
import { latestContract } from '#contracts';
import * as inventory from '../../apps/inventory/src/domain/stock.js';
import {
  lookUpCell,
  orderTransitions,
  nextPaymentReports,
  paymentStates,
  nextStockReports,
  stockStates,
} from '../../apps/order/src/domain/order-table.js';
import * as paymentTable from '../../apps/payment/src/domain/payment-table.js';
import { paymentState as paymentStateOf } from '../../apps/payment/src/domain/payment.js';
import { listDeliveries, explore, isIdle, type ModelState } from './explore-states.js';
import { violationsAtAnyTime, violationsWhenIdle } from './invariants.js';
import { createShop, placeOrder, type ShopModel } from './shop-model.js';

const placedData = latestContract('order.placed').example;
const { orderId } = placedData;

/** The order asks for three packs of tea, on two lines. */
function shopWithTea(packs: number): ShopModel {
  const [tea, pot] = placedData.lines;
  const lines = [tea!, pot!, { ...tea!, quantity: 1 }];
  return placeOrder(createShop({ [tea!.sku]: packs, [pot!.sku]: 5 }), { ...placedData, lines });
}

describe('in every reachable state of an order', () => {
  let states: readonly ModelState[];
  let steps: readonly (readonly [before: ModelState, after: ModelState])[];

  beforeAll(() => {
    // An impossible transition would throw here, and so would a step that breaks S6 or Q6.
    const explored = [explore(shopWithTea(3), orderId), explore(shopWithTea(2), orderId)];
    states = explored.flatMap((exploration) => exploration.states);
    steps = explored.flatMap((exploration) => exploration.steps);
  }, 60_000);

  it('stock and money add up: S1, S2, S3, S4', () => {
    for (const { shop } of states) expect(violationsAtAnyTime(shop)).toEqual([]);
  });

  it('an idle order has ended consistently: Q1, Q2, Q3', () => {
    const idle = states.filter(isIdle).map(({ shop }) => shop);
    for (const shop of idle) expect(violationsWhenIdle(shop)).toEqual([]);
    const ends = new Set(idle.map(({ orders }) => orders[orderId]?.status));
    expect(ends).toEqual(new Set(['completed', 'cancelled', 'cancelling']));
  });

  it('every step is progress, so every run ends', () => {
    const progress = ({ shop, delivered }: ModelState) =>
      [shop.orders, shop.reservations, shop.payments].reduce(
        (sum, { [orderId]: aggregate }) => sum + (aggregate?.version ?? 0),
        delivered.size + Object.values(shop.calls).filter(({ response }) => response !== null).length,
      );
    expect(steps.every(([before, after]) => progress(after) > progress(before))).toBe(true);
  });

  it('every message satisfies its contract', () => {
    const messages = states.flatMap(({ shop }) => shop.published);
    const different = new Map(messages.map((message) => [JSON.stringify(message), message]));
    for (const { name, data } of different.values()) {
      expect(latestContract(name).data.parse(data)).toEqual(data);
    }
  });

  it('exactly the possible cells of the order table are reached', () => {
    const reached = states.map(({ shop }) => {
      const { stock, payment, cancellation } = shop.orders[orderId]!;
      return `${stock} × ${payment} × ${cancellation === null ? 'wanted' : 'cancelled'}`;
    });
    const cells = stockStates.flatMap((stock) =>
      paymentStates.flatMap((payment) => [
        { name: `${stock} × ${payment} × wanted`, cell: lookUpCell(stock, payment, null) },
        { name: `${stock} × ${payment} × cancelled`, cell: lookUpCell(stock, payment, 'timed_out') },
      ]),
    );
    const possible = cells.filter(({ cell }) => cell.kind === 'status').map(({ name }) => name);
    expect(sortedUnique(reached)).toEqual(sortedUnique(possible));
  });

  it('each possible message meets each possible state', () => {
    const met = (consumer: string, stateIn: (shop: ShopModel) => string) =>
      states.flatMap(({ shop }) =>
        listDeliveries(shop)
          .filter((delivery) => delivery.consumer === consumer)
          .map(({ message }) => `${message.name} × ${stateIn(shop)}`),
      );
    const possible = <State extends string>(
      tableStates: readonly State[],
      actionFor: (event: paymentTable.OrderEventName, state: State) => string,
    ) =>
      tableStates.flatMap((state) =>
        paymentTable.orderEvents
          .filter((event) => actionFor(event, state) !== 'impossible')
          .map((event) => `${event} × ${state}`),
      );
    const reservationState = ({ reservations }: ShopModel) =>
      inventory.reservationState(reservations[orderId]);
    expect(sortedUnique(met('inventory.order-processing', reservationState))).toEqual(
      sortedUnique(possible(inventory.reservationStates, inventory.actionFor)),
    );
    const paymentState = ({ payments }: ShopModel) => paymentStateOf(payments[orderId]);
    expect(sortedUnique(met('payment.order-processing', paymentState))).toEqual(
      sortedUnique(possible(paymentTable.paymentStates, paymentTable.actionFor)),
    );
  });

  it('exactly the listed transitions occur', () => {
    const taken = (aggregate: 'orders' | 'reservations' | 'payments') =>
      changes((shop) => shop[aggregate][orderId]).map(
        ([from, to]) => `${from?.status ?? null} → ${to?.status}`,
      );
    const listed = (transitions: readonly (readonly [from: string | null, to: string])[]) =>
      transitions.map(([from, to]) => `${from} → ${to}`);
    expect(sortedUnique(['null → pending', ...taken('orders')])).toEqual(
      sortedUnique(listed(orderTransitions)),
    );
    expect(sortedUnique(taken('reservations'))).toEqual(
      sortedUnique(listed(inventory.reservationTransitions)),
    );
    expect(sortedUnique(taken('payments'))).toEqual(sortedUnique(listed(paymentTable.paymentTransitions)));
  });

  it('exactly the listed next reports occur', () => {
    const reported = (side: 'stock' | 'payment') =>
      changes((shop) => shop.orders[orderId])
        .filter(([from, to]) => from?.[`${side}Sequence`] !== to?.[`${side}Sequence`])
        .map(([from, to]) => `${from?.[side]}, ${to?.[side]}`);
    const listed = (nextReports: Readonly<Record<string, readonly string[]>>) =>
      Object.entries(nextReports).flatMap(([last, nexts]) => nexts.map((next) => `${last}, ${next}`));
    expect(sortedUnique(reported('stock'))).toEqual(sortedUnique(listed(nextStockReports)));
    expect(sortedUnique(reported('payment'))).toEqual(sortedUnique(listed(nextPaymentReports)));
  });

  function changes<Aggregate extends { readonly version: number }>(
    pick: (shop: ShopModel) => Aggregate | undefined,
  ) {
    return steps
      .map(([before, after]) => [pick(before.shop), pick(after.shop)] as const)
      .filter(([before, after]) => before?.version !== after?.version);
  }
});

function sortedUnique(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort();
}
