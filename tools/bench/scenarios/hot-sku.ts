import type { Bench, ScenarioResult } from '../bench.js';
import { cpuCost, type FlowMeasurement, measureFlow } from '../flow.js';
import { orderBody } from '../load.js';
import { median } from '../statistics.js';

const SKUS = 200;
const INITIAL_STOCK = 1_000_000;

interface Round {
  readonly hot: FlowMeasurement;
  readonly uniform: FlowMeasurement;
}

/**
 * Every order wants the same SKU, so all of them change one row; or each wants the next of two hundred. In turn, the
 * one first that came second before: what slows the machine down for a while slows both.
 */
export async function hotSku(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const { connections, quick } = bench;
  const skus = Array.from({ length: SKUS }, (_, index) => `HOT-SKU-${index}`);
  await shop.listProducts(skus, INITIAL_STOCK);
  const [count, durationMs] = quick ? [2, 1_000] : [5, 10_000];
  const orderBodies = { hot: [orderBody(skus[0]!)], uniform: skus.map((sku) => orderBody(sku)) };
  const measure = (which: keyof Round): Promise<FlowMeasurement> =>
    measureFlow(shop, { connections, durationMs, orderBodies: orderBodies[which] });
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const first = rounds.length % 2 === 0 ? 'hot' : 'uniform';
    const [one, other] = [await measure(first), await measure(first === 'hot' ? 'uniform' : 'hot')];
    rounds.push(first === 'hot' ? { hot: one, uniform: other } : { hot: other, uniform: one });
    const { hot, uniform } = rounds.at(-1)!;
    bench.log(
      `  one SKU ${Math.round(hot.ordersPerSecond)} orders/s, ${SKUS} SKUs ${Math.round(uniform.ordersPerSecond)} (${rounds.length} of ${count})`,
    );
  }
  await shop.verify();
  return {
    how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections; medians`,
    figures: toFigures(rounds),
    rounds,
  };
}

function toFigures(rounds: readonly Round[]): ScenarioResult['figures'] {
  const rate = (which: keyof Round): number => median(rounds.map((round) => round[which].ordersPerSecond));
  return [
    {
      key: 'hot_sku_orders_per_second',
      value: rate('hot'),
      unit: 'orders/s',
      meaning: 'all orders want one SKU',
    },
    {
      key: 'uniform_orders_per_second',
      value: rate('uniform'),
      unit: 'orders/s',
      meaning: `each order wants the next of ${SKUS} SKUs`,
    },
    {
      key: 'ratio_hot_sku',
      value: median(rounds.map(({ hot, uniform }) => hot.ordersPerSecond / uniform.ordersPerSecond)),
      unit: '',
      meaning: 'one SKU / many SKUs: what contention for one row of stock leaves',
    },
    {
      key: 'ratio_hot_sku_cpu',
      value: median(rounds.map(({ hot, uniform }) => cpuCost(hot) / cpuCost(uniform))),
      unit: '',
      meaning: 'the same of CPU per order',
    },
  ];
}
