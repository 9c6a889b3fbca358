import type { Bench, Result } from '../bench.js';
import { costOf, type Flow, measureFlow } from '../flow.js';
import { wishFor } from '../load.js';
import { median } from '../statistics.js';

const SKUS = 200;
const ENOUGH = 1_000_000;

interface Round {
  readonly hot: Flow;
  readonly uniform: Flow;
}

/**
 * Every order wants the same SKU, so all of them change one row; or each wants the next of two hundred. In turn, the
 * one first that came second before: what slows the machine down for a while slows both.
 */
export async function hotSku(bench: Bench): Promise<Result> {
  const shop = await bench.shop();
  const { connections, quick } = bench;
  const skus = Array.from({ length: SKUS }, (_, index) => `HOT-SKU-${index}`);
  await shop.list(skus, ENOUGH);
  const [count, durationMs] = quick ? [2, 1_000] : [5, 10_000];
  const wishes = { hot: [wishFor(skus[0]!)], uniform: skus.map((sku) => wishFor(sku)) };
  const measure = (which: keyof Round): Promise<Flow> =>
    measureFlow(shop, { connections, durationMs, wishes: wishes[which] });
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const first = rounds.length % 2 === 0 ? 'hot' : 'uniform';
    const [one, other] = [await measure(first), await measure(first === 'hot' ? 'uniform' : 'hot')];
    rounds.push(first === 'hot' ? { hot: one, uniform: other } : { hot: other, uniform: one });
    const { hot, uniform } = rounds.at(-1)!;
    bench.say(
      `  one SKU ${Math.round(hot.ordersPerSecond)} orders/s, ${SKUS} SKUs ${Math.round(uniform.ordersPerSecond)} (${rounds.length} of ${count})`,
    );
  }
  await shop.prove();
  return {
    how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections; medians`,
    figures: figuresOf(rounds),
    rounds,
  };
}

function figuresOf(rounds: readonly Round[]): Result['figures'] {
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
      key: 'ratio_hot_sku_cost',
      value: median(rounds.map(({ hot, uniform }) => costOf(hot) / costOf(uniform))),
      unit: '',
      meaning: 'the same of CPU per order',
    },
  ];
}
