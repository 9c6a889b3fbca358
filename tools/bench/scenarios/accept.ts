import { startBaselines } from '../baselines/beside-ours.js';
import { floor } from '../baselines/floor/baseline.js';
import type { Bench, Figure, Result } from '../bench.js';
import { percentileChart } from '../chart.js';
import type { ConstantRate } from '../load.js';
import type { Shop } from '../shop.js';
import { type Load, type RunningShop, ShopUnderLoad, type Waits } from '../shop-under-load.js';
import { percentile } from '../statistics.js';
import { topRate, UNDER_WAY_MAX } from './order-flow.js';
import { keyOf } from './order-flow-figures.js';

const CONNECTIONS_MAX = 256;

/**
 * How long a shopper waits at half of what the shop can take: for the answer, and until the order's completion is heard.
 * Then, but in a quick run, the same of the bare programs at the same rate, while ours stands idle: what this machine needs
 * for so many orders whoever processes them.
 */
export async function accept(bench: Bench): Promise<Result> {
  const { quick } = bench;
  const shop = await bench.shop();
  const ratePerSecond = Math.max(1, Math.floor((await rateOf(bench, shop)) / 2));
  bench.say(`  ${ratePerSecond} orders/s`);
  const rate = { ratePerSecond, durationMs: quick ? 5_000 : 60_000 };
  const ours = await waitsOf('ours', shop, rate);
  const others = quick ? {} : await waitsOfFloor(bench, rate);
  return {
    how:
      `${ours.acceptMs.length} orders at a constant ${ratePerSecond} orders/s, half of the top rate, in an open loop` +
      (others.floor ? '; the bare programs at the same rate after it' : ''),
    figures: [
      { key: 'accept_rate', value: ratePerSecond, unit: 'orders/s', meaning: 'the rate of the load' },
      ...Object.entries({ ours, ...others }).flatMap(([name, waits]) => figuresOf(name, waits)),
    ],
    rounds: [],
    charts: [
      percentileChart('How long a shopper waits', 'ms', {
        'for the answer': ours.acceptMs,
        'for the completion': ours.completedMs,
        ...(others.floor && {
          'for the answer, bare programs': others.floor.acceptMs,
          'for the completion, bare programs': others.floor.completedMs,
        }),
      }),
    ],
  };
}

async function rateOf(bench: Bench, shop: Shop): Promise<number> {
  const found = bench.found('orders_per_second');
  if (found !== undefined) return found;
  bench.say('  finding the top rate');
  const { connections } = bench;
  return topRate(shop, { connections, durationMs: 8_000 });
}

async function waitsOfFloor(bench: Bench, rate: ConstantRate): Promise<{ floor?: Waits }> {
  const { floor: shop } = await startBaselines(bench, [floor]);
  if (!shop) return {};
  try {
    bench.say('  the bare programs at the same rate');
    const warmUp = { connections: bench.connections, underWayMax: UNDER_WAY_MAX.full, durationMs: 15_000 };
    return { floor: await waitsOf('floor', shop, rate, warmUp) };
  } finally {
    await shop.stop();
  }
}

/** @throws RunVoid also when an order was cancelled: none should be */
async function waitsOf(name: string, shop: RunningShop, rate: ConstantRate, warmUp?: Load): Promise<Waits> {
  const contestant = await ShopUnderLoad.open(name, shop, CONNECTIONS_MAX);
  try {
    if (warmUp) await contestant.round(warmUp);
    const waits = await contestant.waits(rate);
    await contestant.prove();
    return waits;
  } finally {
    await contestant.close();
  }
}

function figuresOf(name: string, { acceptMs, completedMs, cpuPercent }: Waits): Figure[] {
  return [
    ...percentilesOf(keyOf(name, 'accept'), acceptMs, 'from when the POST was due to its 202'),
    ...percentilesOf(
      keyOf(name, 'completed'),
      completedMs,
      'from when the POST was due to order.completed heard from the broker: through the relay, an upper bound',
    ),
    {
      key: keyOf(name, 'accept_cpu_percent'),
      value: cpuPercent,
      unit: '%',
      meaning: 'of one core, that the shop, the servers and the load took together meanwhile',
    },
  ];
}

function percentilesOf(name: string, latenciesMs: readonly number[], meaning: string): Figure[] {
  return [50, 99].map((percent) => ({
    key: `${name}_p${percent}_ms`,
    value: percentile(latenciesMs, percent),
    unit: 'ms',
    meaning,
  }));
}
