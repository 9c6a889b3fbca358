import { startBaselines } from '../baselines/baseline.js';
import { bare } from '../baselines/bare/baseline.js';
import type { Bench, Figure, ScenarioResult } from '../bench.js';
import type { BenchShop } from '../bench-shop.js';
import type { ConstantRate } from '../load.js';
import { ShopUnderLoad, type Latencies } from '../shop-under-load.js';
import { percentile } from '../statistics.js';
import { measureTopRate } from './order-flow.js';
import { figureKey } from './order-flow-figures.js';

const WARM_UP_MS = 15_000;

/**
 * Latencies to the 202 and to completion in an open loop at half of the shop's top rate. Unless the run is quick, the
 * bare programs follow at the same rate, while this shop is idle: their latencies are a lower bound for this machine.
 */
export async function latency(bench: Bench): Promise<ScenarioResult> {
  const { quick } = bench;
  const shop = await bench.shop();
  const ratePerSecond = Math.max(1, Math.floor((await findTopRate(bench, shop)) / 2));
  bench.log(`  ${ratePerSecond} orders/s`);
  const rate = { ratePerSecond, durationMs: quick ? 5_000 : 60_000 };
  const ours = await bench.underLoad(shop, (target) => measureLatencies(target, rate));
  const baselines = quick ? {} : await measureBareLatencies(bench, rate);
  return {
    how:
      `${ours.acceptMs.length} orders in an open loop at ${ratePerSecond} orders/s, half of the top rate` +
      ('bare' in baselines ? '; then the bare programs at the same rate' : ''),
    figures: [
      {
        key: 'latency_load_per_second',
        value: ratePerSecond,
        unit: 'orders/s',
        meaning: 'the rate of the load',
      },
      ...Object.entries<Latencies>({ ours, ...baselines }).flatMap(([name, latencies]) =>
        toFigures(name, latencies),
      ),
    ],
    rounds: [],
  };
}

async function findTopRate(bench: Bench, shop: BenchShop): Promise<number> {
  const measured = bench.figure('orders_per_second');
  if (measured !== undefined) return measured;
  bench.log('  measuring the top rate');
  return measureTopRate(bench, shop);
}

async function measureBareLatencies(bench: Bench, rate: ConstantRate): Promise<{ bare?: Latencies }> {
  const { bare: shop } = await startBaselines(bench, [bare]);
  if (!shop) return {};
  const target = await ShopUnderLoad.open('bare', shop, bench.log);
  try {
    bench.log('  the bare programs at the same rate');
    await target.runRound(bench.fullLoad(WARM_UP_MS));
    return { bare: await measureLatencies(target, rate) };
  } finally {
    await target.close();
    await shop.stop();
  }
}

async function measureLatencies(target: ShopUnderLoad, rate: ConstantRate): Promise<Latencies> {
  const latencies = await target.measureLatencies(rate);
  await target.verify();
  return latencies;
}

function toFigures(name: string, { acceptMs, completedMs, cpuPercent }: Latencies): Figure[] {
  return [
    ...toPercentiles(figureKey(name, 'accepted'), acceptMs, 'from when the POST was due to its 202'),
    ...toPercentiles(
      figureKey(name, 'completed'),
      completedMs,
      'from when the POST was due to the delivery of order.completed: an upper bound, it includes the relay',
    ),
    {
      key: figureKey(name, 'latency_cpu_percent'),
      value: cpuPercent,
      unit: '%',
      meaning: 'of one core: CPU of shop, servers and load generator at this rate',
    },
  ];
}

function toPercentiles(name: string, latenciesMs: readonly number[], meaning: string): Figure[] {
  return [50, 99].map((percent) => ({
    key: `${name}_p${percent}_ms`,
    value: percentile(latenciesMs, percent),
    unit: 'ms',
    meaning,
  }));
}
