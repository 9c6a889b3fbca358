import type { Bench, ScenarioResult } from '../bench.js';
import { closedLoop } from '../load.js';
import { type ByName, cpuPer, cpuUsed, MemorySampler } from '../measure.js';
import type { BenchShop } from '../bench-shop.js';

const CONSUMERS = ['inventory', 'payment'] as const;

interface DrainMeasurement {
  readonly replicas: number;
  readonly orders: number;
  readonly acceptedPerSecond: number;
  readonly drainedPerSecond: number;
  readonly cpuUsPerOrder: ByName;
  readonly rssMb: ByName;
}

/**
 * Inventory and payment are away while orders come in; then they are back, and work off what has piled up in their
 * queues. Once with one process of each service, then with more.
 */
export async function backlog(bench: Bench): Promise<ScenarioResult> {
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const drains: DrainMeasurement[] = [];
  for (const [replicas, orders] of drainPlan(bench.quick)) {
    const drain = await fillAndDrain(bench, shop, replicas, orders);
    drains.push(drain);
    bench.log(
      `  ${replicas} of each: ${orders} orders accepted at ${Math.round(drain.acceptedPerSecond)}/s, ` +
        `drained at ${Math.round(drain.drainedPerSecond)}/s`,
    );
  }
  await shop.verify();
  return {
    how: drains
      .map(({ replicas, orders }) => `${orders} orders, drained by ${replicas} of each service`)
      .join('; '),
    figures: toFigures(drains),
    rounds: drains,
  };
}

function drainPlan(quick: boolean): readonly (readonly [replicas: number, orders: number])[] {
  return quick
    ? [
        [1, 600],
        [2, 600],
      ]
    : [
        [1, 200_000],
        [2, 50_000],
        [3, 50_000],
      ];
}

async function fillAndDrain(
  bench: Bench,
  shop: BenchShop,
  replicas: number,
  orders: number,
): Promise<DrainMeasurement> {
  await shop.stopServices(CONSUMERS);
  bench.log(`  inventory and payment are stopped; ${orders.toLocaleString('en')} orders`);
  const startedAt = performance.now();
  const { connections } = bench;
  shop.recordAccepted(await closedLoop(shop.orderUrl, { connections, ordersMax: orders }));
  const acceptedMs = performance.now() - startedAt;
  await shop.startServices(CONSUMERS, replicas);
  bench.log(`  all taken; ${replicas} of each service drain`);
  const { measured } = shop;
  const memory = new MemorySampler(measured);
  const [cpuBefore, resumedAt] = [cpuUsed(measured), performance.now()];
  try {
    await shop.waitForCompletion();
  } finally {
    memory.stop();
  }
  const drainedMs = performance.now() - resumedAt;
  const cpuUsPerOrder = cpuPer(orders, cpuBefore, cpuUsed(measured));
  await shop.stopReplicas();
  return {
    replicas,
    orders,
    acceptedPerSecond: (1000 * orders) / acceptedMs,
    drainedPerSecond: (1000 * orders) / drainedMs,
    cpuUsPerOrder,
    rssMb: memory.stop(),
  };
}

function toFigures(drains: readonly DrainMeasurement[]): ScenarioResult['figures'] {
  const [first] = drains as [DrainMeasurement];
  const byReplicas = (value: (drain: DrainMeasurement) => number): ByName =>
    Object.fromEntries(drains.map((drain) => [`${drain.replicas} of each`, value(drain)]));
  return [
    {
      key: 'backlog_orders',
      value: first.orders,
      unit: 'orders',
      meaning: 'taken while inventory and payment were away, all of them waiting in queues',
    },
    {
      key: 'backlog_accepted_per_second',
      value: first.acceptedPerSecond,
      unit: 'orders/s',
      meaning: 'answered with 202 meanwhile',
    },
    {
      key: 'backlog_drained_per_second',
      value: byReplicas(({ drainedPerSecond }) => drainedPerSecond),
      unit: 'orders/s',
      meaning: 'from when the consumers were ready to the end of the last order, by replicas of each service',
    },
    {
      key: 'backlog_cpu_us_per_order',
      value: byReplicas(({ cpuUsPerOrder }) => Object.values(cpuUsPerOrder).reduce((sum, us) => sum + us, 0)),
      unit: 'µs',
      meaning: 'CPU of the shop, the servers and the load per order drained, by replicas of each service',
    },
    {
      key: 'backlog_rss_mb',
      value: first.rssMb,
      unit: 'MB',
      meaning: 'most resident memory seen while one of each drained',
    },
  ];
}
