import { beforeAll, describe, expect, it } from 'vitest';
import { contractNamed } from '#contracts';
import * as inventory from '../../apps/inventory/src/domain/stock.js';
import {
  cellOf,
  orderTransitions,
  paymentSaysNext,
  paymentWords,
  stockSaysNext,
  stockWords,
} from '../../apps/order/src/domain/order-table.js';
import * as paymentTable from '../../apps/payment/src/domain/payment-table.js';
import { stateOf as paymentStateOf } from '../../apps/payment/src/domain/payment.js';
import { deliveriesIn, explore, isQuiet, type World } from './explore.js';
import { violationsAtAnyTime, violationsWhenQuiet } from './invariants.js';
import { openShop, place, type Shop } from './shop.js';

const placed = contractNamed('order.placed').example;
const { orderId } = placed;

/** The order asks for three packs of tea, on two lines. */
function shopWithTea(packs: number): Shop {
  const [tea, pot] = placed.lines;
  const lines = [tea!, pot!, { ...tea!, quantity: 1 }];
  return place(openShop({ [tea!.sku]: packs, [pot!.sku]: 5 }), { ...placed, lines });
}

describe('in every world that an order can come to', () => {
  let worlds: readonly World[];
  let steps: readonly (readonly [before: World, after: World])[];

  beforeAll(() => {
    // An impossible transition would throw here, and so would a step that breaks S6 or Q6.
    const explored = [explore(shopWithTea(3), orderId), explore(shopWithTea(2), orderId)];
    worlds = explored.flatMap((exploration) => exploration.worlds);
    steps = explored.flatMap((exploration) => exploration.steps);
  }, 60_000);

  it('the books are right: S1, S2, S3, S4', () => {
    for (const { shop } of worlds) expect(violationsAtAnyTime(shop)).toEqual([]);
  });

  it('once all is quiet, the order is at an end, and stock and money agree with it: Q1, Q2, Q3', () => {
    const quiet = worlds.filter(isQuiet).map(({ shop }) => shop);
    for (const shop of quiet) expect(violationsWhenQuiet(shop)).toEqual([]);
    const ends = new Set(quiet.map(({ orders }) => orders[orderId]?.status));
    expect(ends).toEqual(new Set(['completed', 'cancelled', 'cancelling']));
  });

  it('every step is progress, so every run comes to an end', () => {
    const progress = ({ shop, delivered }: World) =>
      [shop.orders, shop.reservations, shop.payments].reduce(
        (sum, { [orderId]: aggregate }) => sum + (aggregate?.version ?? 0),
        delivered.size + Object.values(shop.calls).filter(({ answer }) => answer !== null).length,
      );
    expect(steps.every(([before, after]) => progress(after) > progress(before))).toBe(true);
  });

  it('every message keeps its contract', () => {
    const messages = worlds.flatMap(({ shop }) => shop.published);
    const different = new Map(messages.map((message) => [JSON.stringify(message), message]));
    for (const { name, data } of different.values()) {
      expect(contractNamed(name).data.parse(data)).toEqual(data);
    }
  });

  it('the order is in a possible cell of its table, and each of these is reached', () => {
    const reached = worlds.map(({ shop }) => {
      const { stock, payment, cancellation } = shop.orders[orderId]!;
      return `${stock} × ${payment} × ${cancellation === null ? 'wanted' : 'cancelled'}`;
    });
    const cells = stockWords.flatMap((stock) =>
      paymentWords.flatMap((payment) => [
        { name: `${stock} × ${payment} × wanted`, cell: cellOf(stock, payment, null) },
        { name: `${stock} × ${payment} × cancelled`, cell: cellOf(stock, payment, 'timed_out') },
      ]),
    );
    const possible = cells.filter(({ cell }) => cell.kind === 'status').map(({ name }) => name);
    expect(setOf(reached)).toEqual(setOf(possible));
  });

  it('inventory and payment meet every message in every state that their tables call possible', () => {
    const met = (consumer: string, stateIn: (shop: Shop) => string) =>
      worlds.flatMap(({ shop }) =>
        deliveriesIn(shop)
          .filter((delivery) => delivery.consumer === consumer)
          .map(({ message }) => `${message.name} × ${stateIn(shop)}`),
      );
    const possible = <State extends string>(
      states: readonly State[],
      moveOn: (event: paymentTable.OrderEventName, state: State) => string,
    ) =>
      states.flatMap((state) =>
        paymentTable.orderEvents
          .filter((event) => moveOn(event, state) !== 'impossible')
          .map((event) => `${event} × ${state}`),
      );
    const reservationState = ({ reservations }: Shop) => inventory.stateOf(reservations[orderId]);
    expect(setOf(met('inventory.order-processing', reservationState))).toEqual(
      setOf(possible(inventory.reservationStates, inventory.moveOn)),
    );
    const paymentState = ({ payments }: Shop) => paymentStateOf(payments[orderId]);
    expect(setOf(met('payment.order-processing', paymentState))).toEqual(
      setOf(possible(paymentTable.paymentStates, paymentTable.moveOn)),
    );
  });

  it('order, reservation and payment take each transition that is listed, and no other', () => {
    const taken = (aggregate: 'orders' | 'reservations' | 'payments') =>
      changes((shop) => shop[aggregate][orderId]).map(
        ([from, to]) => `${from?.status ?? null} → ${to?.status}`,
      );
    const listed = (transitions: readonly (readonly [from: string | null, to: string])[]) =>
      transitions.map(([from, to]) => `${from} → ${to}`);
    expect(setOf(['null → pending', ...taken('orders')])).toEqual(setOf(listed(orderTransitions)));
    expect(setOf(taken('reservations'))).toEqual(setOf(listed(inventory.reservationTransitions)));
    expect(setOf(taken('payments'))).toEqual(setOf(listed(paymentTable.paymentTransitions)));
  });

  it('stock and payment say one after the other exactly what is listed that they can', () => {
    const heard = (side: 'stock' | 'payment') =>
      changes((shop) => shop.orders[orderId])
        .filter(([from, to]) => from?.[`${side}Sequence`] !== to?.[`${side}Sequence`])
        .map(([from, to]) => `${from?.[side]}, ${to?.[side]}`);
    const listed = (says: Readonly<Record<string, readonly string[]>>) =>
      Object.entries(says).flatMap(([last, nexts]) => nexts.map((next) => `${last}, ${next}`));
    expect(setOf(heard('stock'))).toEqual(setOf(listed(stockSaysNext)));
    expect(setOf(heard('payment'))).toEqual(setOf(listed(paymentSaysNext)));
  });

  function changes<Aggregate extends { readonly version: number }>(
    pick: (shop: Shop) => Aggregate | undefined,
  ) {
    return steps
      .map(([before, after]) => [pick(before.shop), pick(after.shop)] as const)
      .filter(([before, after]) => before?.version !== after?.version);
  }
});

function setOf(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort();
}
