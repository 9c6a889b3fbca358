import type { Bench, ScenarioResult } from '../bench.js';
import type { BenchShop } from '../bench-shop.js';
import { InvalidRunError } from '../invalid-run-error.js';
import { orderBody } from '../load.js';
import type { Round } from '../shop-under-load.js';

const UNITS = 1_000;
const CONNECTIONS = 256;

/**
 * Many buyers order one unit each of a SKU with few units; every payment would be approved. Exactly as many orders complete
 * as there are units, and every other order is cancelled with `out_of_stock`; otherwise the scenario is invalid.
 */
export async function flashSale(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const buyers = bench.quick ? 2_000 : 100_000;
  const sku = `FLASH-SALE-${Date.now()}`;
  await shop.listProducts([sku], UNITS);
  bench.log(`  ${buyers.toLocaleString('en')} buyers for ${UNITS.toLocaleString('en')} units`);
  return bench.underLoad(shop, async (target) => {
    const load = { connections: CONNECTIONS, ordersMax: buyers, orderBodies: [orderBody(sku)] };
    const round = await target.runRound(load);
    await shop.verify(target.acceptedIds); // also waits for the compensation of cancelled orders
    const outcomes = await shop.countOutcomes(sku);
    assertExact(outcomes, buyers);
    return toResult(round, outcomes);
  });
}

type OutcomeCounts = Awaited<ReturnType<BenchShop['countOutcomes']>>;

function assertExact(outcomes: OutcomeCounts, buyers: number): void {
  const expected = { completed: UNITS, 'cancelled, out_of_stock': buyers - UNITS };
  for (const [outcome, count] of Object.entries(expected))
    if ((outcomes[outcome] ?? 0) !== count)
      throw new InvalidRunError(
        `${buyers} orders for ${UNITS} units: expected ${count} ${outcome}, got ${JSON.stringify(outcomes)}`,
      );
}

function toResult(round: Round, outcomes: OutcomeCounts): ScenarioResult {
  return {
    how: `${round.orders} buyers in a closed loop, ${CONNECTIONS} connections, ${UNITS} units of one SKU`,
    figures: [
      {
        key: 'flash_sale_buyers',
        value: round.orders,
        unit: 'orders',
        meaning: 'accepted with 202, one unit each',
      },
      {
        key: 'flash_sale_sold',
        value: outcomes['completed'] ?? 0,
        unit: 'orders',
        meaning: `completed, of ${UNITS} units in stock`,
      },
      {
        key: 'flash_sale_out_of_stock',
        value: outcomes['cancelled, out_of_stock'] ?? 0,
        unit: 'orders',
        meaning: 'cancelled with out_of_stock; authorized payments are voided',
      },
      {
        key: 'flash_sale_accepted_per_second',
        value: round.acceptedPerSecond,
        unit: 'orders/s',
        meaning: 'answered with 202',
      },
      {
        key: 'flash_sale_finished_per_second',
        value: round.ordersPerSecond,
        unit: 'orders/s',
        meaning: 'from the first POST to the last order.completed or order.cancelled',
      },
    ],
    rounds: [{ ...round, outcomes }],
  };
}
