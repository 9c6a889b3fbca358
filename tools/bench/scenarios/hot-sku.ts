import type { Bench, ScenarioResult } from '../bench.js';
import { orderBody } from '../load.js';
import { type Round, shopCpuUs, type ShopUnderLoad } from '../shop-under-load.js';
import { median } from '../statistics.js';

const SKUS = 200;
const INITIAL_STOCK = 1_000_000;

interface Pair {
  readonly hot: Round;
  readonly uniform: Round;
}

/**
 * Every order is for the same SKU, so all change one row of stock; against orders for 200 SKUs in turn. The order of the
 * two alternates, so a slow minute of the machine slows both.
 */
export async function hotSku(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const skus = Array.from({ length: SKUS }, (_, index) => `HOT-SKU-${index}`);
  await shop.listProducts(skus, INITIAL_STOCK);
  const [count, durationMs] = bench.quick ? [2, 1_000] : [5, 10_000];
  const pairs = await bench.underLoad(shop, (target) => runPairs(bench, target, skus, [count, durationMs]));
  const { connections } = bench.fullLoad(durationMs);
  return {
    how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders, ${connections} connections; medians`,
    figures: toFigures(pairs),
    rounds: pairs,
  };
}

async function runPairs(
  bench: Bench,
  target: ShopUnderLoad,
  skus: readonly string[],
  [count, durationMs]: readonly [count: number, durationMs: number],
): Promise<Pair[]> {
  const orderBodies = { hot: [orderBody(skus[0]!)], uniform: skus.map((sku) => orderBody(sku)) };
  const run = (kind: keyof Pair): Promise<Round> =>
    target.runRound({ ...bench.fullLoad(durationMs), orderBodies: orderBodies[kind] });
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const isHotFirst = pairs.length % 2 === 0;
    const [first, second] = [
      await run(isHotFirst ? 'hot' : 'uniform'),
      await run(isHotFirst ? 'uniform' : 'hot'),
    ];
    const pair = isHotFirst ? { hot: first, uniform: second } : { hot: second, uniform: first };
    pairs.push(pair);
    const [hot, uniform] = [pair.hot, pair.uniform].map(({ ordersPerSecond }) => Math.round(ordersPerSecond));
    bench.log(`  one SKU ${hot} orders/s, ${SKUS} SKUs ${uniform} orders/s (${pairs.length} of ${count})`);
  }
  await target.verify();
  return pairs;
}

function toFigures(pairs: readonly Pair[]): ScenarioResult['figures'] {
  const rate = (kind: keyof Pair): number => median(pairs.map((pair) => pair[kind].ordersPerSecond));
  return [
    {
      key: 'hot_sku_orders_per_second',
      value: rate('hot'),
      unit: 'orders/s',
      meaning: 'all orders for one SKU',
    },
    {
      key: 'uniform_orders_per_second',
      value: rate('uniform'),
      unit: 'orders/s',
      meaning: `orders for ${SKUS} SKUs in turn`,
    },
    {
      key: 'ratio_hot_sku',
      value: median(pairs.map(({ hot, uniform }) => hot.ordersPerSecond / uniform.ordersPerSecond)),
      unit: '',
      meaning: 'orders per second, one SKU / many SKUs: 1 when contention for a stock row costs nothing',
    },
    {
      key: 'ratio_hot_sku_cpu',
      value: median(pairs.map(({ hot, uniform }) => shopCpuUs(hot) / shopCpuUs(uniform))),
      unit: '',
      meaning: 'CPU per order, one SKU / many SKUs',
    },
  ];
}
