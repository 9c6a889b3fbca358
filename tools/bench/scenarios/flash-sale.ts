import type { Bench, ScenarioResult } from '../bench.js';
import { closedLoop, orderBody } from '../load.js';
import { InvalidRunError } from '../invalid-run-error.js';
import type { BenchShop } from '../bench-shop.js';

const UNITS = 1_000;
const CONNECTIONS = 256;

/**
 * Very many buyers for very few units, one unit each, all of whom could pay: exactly so many orders complete, and every
 * other buyer is told that there is nothing left.
 */
export async function flashSale(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const buyers = bench.quick ? 2_000 : 100_000;
  const sku = `FLASH-SALE-${Date.now()}`;
  await shop.listProducts([sku], UNITS);
  bench.log(`  ${buyers.toLocaleString('en')} buyers for ${UNITS.toLocaleString('en')} units`);
  const startedAt = performance.now();
  const accepted = await closedLoop(shop.orderUrl, {
    connections: CONNECTIONS,
    ordersMax: buyers,
    orderBodies: [orderBody(sku)],
  });
  const acceptedMs = performance.now() - startedAt;
  await shop.waitForCompletion();
  const finishedMs = performance.now() - startedAt;
  shop.recordAccepted(accepted);
  const ends = await shop.countOutcomes(sku);
  assertExact(ends, accepted.length);
  await shop.verify();
  return toResult(buyers, acceptedMs, finishedMs, ends);
}

type OutcomeCounts = Awaited<ReturnType<BenchShop['countOutcomes']>>;

function assertExact(ends: OutcomeCounts, buyers: number): void {
  const expected = { completed: UNITS, 'cancelled, out_of_stock': buyers - UNITS };
  for (const [end, count] of Object.entries(expected))
    if ((ends[end] ?? 0) !== count)
      throw new InvalidRunError(
        `Of ${buyers} orders for ${UNITS} units, ${JSON.stringify(ends)}: expected ${count} ${end}.`,
      );
}

function toResult(
  buyers: number,
  acceptedMs: number,
  finishedMs: number,
  ends: OutcomeCounts,
): ScenarioResult {
  return {
    how: `${buyers} buyers over ${CONNECTIONS} connections in a closed loop, for ${UNITS} units of one SKU`,
    figures: [
      {
        key: 'flash_sale_buyers',
        value: buyers,
        unit: 'orders',
        meaning: 'accepted with 202, one unit each',
      },
      {
        key: 'flash_sale_sold',
        value: ends['completed'] ?? 0,
        unit: 'orders',
        meaning: `completed; ${UNITS} units were there`,
      },
      {
        key: 'flash_sale_out_of_stock',
        value: ends['cancelled, out_of_stock'] ?? 0,
        unit: 'orders',
        meaning: 'cancelled with out_of_stock, and their money given back',
      },
      {
        key: 'flash_sale_accepted_per_second',
        value: (1000 * buyers) / acceptedMs,
        unit: 'orders/s',
        meaning: 'answered with 202',
      },
      {
        key: 'flash_sale_finished_per_second',
        value: (1000 * buyers) / finishedMs,
        unit: 'orders/s',
        meaning: 'from the first POST until the last buyer knew',
      },
    ],
    rounds: [{ acceptedMs, finishedMs, ends }],
  };
}
