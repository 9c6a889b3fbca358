import { startBaselines } from '../baselines/start-baselines.js';
import { bare } from '../baselines/bare/baseline.js';
import type { Bench, Figure, ScenarioResult } from '../bench.js';
import { percentileChart } from '../chart.js';
import type { ConstantRate } from '../load.js';
import type { BenchShop } from '../bench-shop.js';
import { type LoadOptions, type RunningShop, ShopUnderLoad, type Latencies } from '../shop-under-load.js';
import { percentile } from '../statistics.js';
import { measureTopRate, IN_FLIGHT_MAX } from './order-flow.js';
import { figureKey } from './order-flow-figures.js';

const CONNECTIONS_MAX = 256;

/**
 * How long a shopper waits at half of what the shop can take: for the answer, and until the order's completion is heard.
 * Then, but in a quick run, the same of the bare programs at the same rate, while ours stands idle: what this machine needs
 * for so many orders whoever processes them.
 */
export async function latency(bench: Bench): Promise<ScenarioResult> {
  const { quick } = bench;
  const shop = await bench.shop();
  const ratePerSecond = Math.max(1, Math.floor((await findTopRate(bench, shop)) / 2));
  bench.log(`  ${ratePerSecond} orders/s`);
  const rate = { ratePerSecond, durationMs: quick ? 5_000 : 60_000 };
  const ours = await measureLatencies('ours', shop, rate);
  const others = quick ? {} : await measureBareLatencies(bench, rate);
  return {
    how:
      `${ours.acceptMs.length} orders at a constant ${ratePerSecond} orders/s, half of the top rate, in an open loop` +
      (others.bare ? '; the bare programs at the same rate after it' : ''),
    figures: [
      {
        key: 'latency_load_per_second',
        value: ratePerSecond,
        unit: 'orders/s',
        meaning: 'the rate of the load',
      },
      ...Object.entries({ ours, ...others }).flatMap(([name, waits]) => toFigures(name, waits)),
    ],
    rounds: [],
    charts: [
      percentileChart('Latency', 'ms', {
        accepted: ours.acceptMs,
        completed: ours.completedMs,
        ...(others.bare && {
          'accepted, bare programs': others.bare.acceptMs,
          'completed, bare programs': others.bare.completedMs,
        }),
      }),
    ],
  };
}

async function findTopRate(bench: Bench, shop: BenchShop): Promise<number> {
  const found = bench.figure('orders_per_second');
  if (found !== undefined) return found;
  bench.log('  finding the top rate');
  const { connections } = bench;
  return measureTopRate(shop, { connections, durationMs: 8_000 });
}

async function measureBareLatencies(bench: Bench, rate: ConstantRate): Promise<{ bare?: Latencies }> {
  const { bare: shop } = await startBaselines(bench, [bare]);
  if (!shop) return {};
  try {
    bench.log('  the bare programs at the same rate');
    const warmUp = { connections: bench.connections, inFlightMax: IN_FLIGHT_MAX.full, durationMs: 15_000 };
    return { bare: await measureLatencies('bare', shop, rate, warmUp) };
  } finally {
    await shop.stop();
  }
}

/** @throws InvalidRunError also when an order was cancelled: none should be */
async function measureLatencies(
  name: string,
  shop: RunningShop,
  rate: ConstantRate,
  warmUp?: LoadOptions,
): Promise<Latencies> {
  const target = await ShopUnderLoad.open(name, shop, CONNECTIONS_MAX);
  try {
    if (warmUp) await target.runRound(warmUp);
    const waits = await target.measureLatencies(rate);
    await target.verify();
    return waits;
  } finally {
    await target.close();
  }
}

function toFigures(name: string, { acceptMs, completedMs, cpuPercent }: Latencies): Figure[] {
  return [
    ...toPercentiles(figureKey(name, 'accepted'), acceptMs, 'from when the POST was due to its 202'),
    ...toPercentiles(
      figureKey(name, 'completed'),
      completedMs,
      'from when the POST was due to order.completed heard from the broker: through the relay, an upper bound',
    ),
    {
      key: figureKey(name, 'latency_cpu_percent'),
      value: cpuPercent,
      unit: '%',
      meaning: 'of one core, that the shop, the servers and the load took together meanwhile',
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
