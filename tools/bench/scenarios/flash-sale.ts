import type { Bench, Result } from '../bench.js';
import { closedLoop, wishFor } from '../load.js';
import { RunVoid } from '../run-void.js';
import type { Shop } from '../shop.js';

const UNITS = 1_000;
const CONNECTIONS = 256;

/**
 * Very many buyers for very few units, one unit each, all of whom could pay: exactly so many orders complete, and every
 * other buyer is told that there is nothing left.
 */
export async function flashSale(bench: Bench): Promise<Result> {
  const shop = await bench.shop();
  const buyers = bench.quick ? 2_000 : 100_000;
  const sku = `FLASH-SALE-${Date.now()}`;
  await shop.list([sku], UNITS);
  bench.say(`  ${buyers.toLocaleString('en')} buyers for ${UNITS.toLocaleString('en')} units`);
  const startedAt = performance.now();
  const accepted = await closedLoop(shop.orderUrl, {
    connections: CONNECTIONS,
    ordersMax: buyers,
    wishes: [wishFor(sku)],
  });
  const takenMs = performance.now() - startedAt;
  await shop.allEnded();
  const toldMs = performance.now() - startedAt;
  shop.remember(accepted);
  const ends = await shop.endsOf(sku);
  mustBeExact(ends, accepted.length);
  await shop.prove();
  return resultOf(buyers, takenMs, toldMs, ends);
}

type Ends = Awaited<ReturnType<Shop['endsOf']>>;

function mustBeExact(ends: Ends, buyers: number): void {
  const expected = { completed: UNITS, 'cancelled, out_of_stock': buyers - UNITS };
  for (const [end, count] of Object.entries(expected))
    if ((ends[end] ?? 0) !== count)
      throw new RunVoid(
        `Of ${buyers} orders for ${UNITS} units, ${JSON.stringify(ends)}: expected ${count} ${end}.`,
      );
}

function resultOf(buyers: number, takenMs: number, toldMs: number, ends: Ends): Result {
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
        key: 'flash_sale_turned_away',
        value: ends['cancelled, out_of_stock'] ?? 0,
        unit: 'orders',
        meaning: 'cancelled with out_of_stock, and their money given back',
      },
      {
        key: 'flash_sale_taken_per_second',
        value: (1000 * buyers) / takenMs,
        unit: 'orders/s',
        meaning: 'answered with 202',
      },
      {
        key: 'flash_sale_told_per_second',
        value: (1000 * buyers) / toldMs,
        unit: 'orders/s',
        meaning: 'from the first POST until the last buyer knew',
      },
    ],
    rounds: [{ takenMs, toldMs, ends }],
  };
}
