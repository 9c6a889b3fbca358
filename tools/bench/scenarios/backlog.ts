import type { Bench, ScenarioResult } from '../bench.js';
import type { BenchShop } from '../bench-shop.js';
import { type ByName, cpuUsed, increasePer, MemorySampler } from '../measure.js';
import type { ShopUnderLoad } from '../shop-under-load.js';

const CONSUMERS = ['inventory', 'payment'] as const;
const CONNECTIONS = 64;

/** The number of replicas per service, and the orders that they drain. */
const DRAINS = {
  quick: [
    [1, 600],
    [2, 600],
  ],
  full: [
    [1, 200_000],
    [2, 50_000],
    [3, 50_000],
  ],
} as const;

interface DrainMeasurement {
  readonly replicas: number;
  readonly orders: number;
  readonly acceptedPerSecond: number;
  readonly drainedPerSecond: number;
  readonly cpuUsPerOrder: ByName;
  readonly rssMb: ByName;
}

/**
 * Inventory and payment are stopped while orders are accepted, so their messages stay in the queues; then both start and
 * drain them: first with one replica of each service, then with more.
 */
export async function backlog(bench: Bench): Promise<ScenarioResult> {
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const drains = await bench.underLoad(shop, async (target) => {
    const drains: DrainMeasurement[] = [];
    for (const [replicas, orders] of bench.quick ? DRAINS.quick : DRAINS.full) {
      const drain = await fillAndDrain(bench, shop, target, { replicas, orders });
      drains.push(drain);
      const [accepted, drained] = [drain.acceptedPerSecond, drain.drainedPerSecond].map(Math.round);
      bench.log(`  ${replicas} of each: ${orders} orders accepted at ${accepted}/s, drained at ${drained}/s`);
    }
    await target.verify();
    return drains;
  });
  return {
    how: drains
      .map(({ replicas, orders }) => `${orders} orders drained by ${replicas} of each service`)
      .join('; '),
    figures: toFigures(drains),
    rounds: drains,
  };
}

async function fillAndDrain(
  bench: Bench,
  shop: BenchShop,
  target: ShopUnderLoad,
  { replicas, orders }: Pick<DrainMeasurement, 'replicas' | 'orders'>,
): Promise<DrainMeasurement> {
  await shop.stopServices(CONSUMERS);
  bench.log(`  inventory and payment are stopped; placing ${orders.toLocaleString('en')} orders`);
  const startedAt = performance.now();
  await target.placeOrders({ connections: CONNECTIONS, ordersMax: orders });
  const acceptedMs = performance.now() - startedAt;
  await shop.startServices(CONSUMERS, replicas);
  bench.log(`  all orders accepted; draining with ${replicas} of each service`);
  const { measured } = shop;
  const memory = new MemorySampler(measured);
  const [cpuBefore, resumedAt] = [cpuUsed(measured), performance.now()];
  try {
    await target.waitForOutcomes();
  } finally {
    memory.stop();
  }
  const drainedMs = performance.now() - resumedAt;
  const cpuUsPerOrder = increasePer(orders, cpuBefore, cpuUsed(measured));
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
      meaning: 'accepted while inventory and payment were stopped',
    },
    {
      key: 'backlog_accepted_per_second',
      value: first.acceptedPerSecond,
      unit: 'orders/s',
      meaning: 'answered with 202 while inventory and payment were stopped',
    },
    {
      key: 'backlog_drained_per_second',
      value: byReplicas(({ drainedPerSecond }) => drainedPerSecond),
      unit: 'orders/s',
      meaning: 'from when the consumers were ready to the end of the last order, by replicas per service',
    },
    {
      key: 'backlog_cpu_us_per_order',
      value: byReplicas(({ cpuUsPerOrder }) => Object.values(cpuUsPerOrder).reduce((sum, us) => sum + us, 0)),
      unit: 'µs',
      meaning: 'CPU of shop, servers and load generator per order drained, by replicas per service',
    },
    {
      key: 'backlog_rss_mb',
      value: first.rssMb,
      unit: 'MB',
      meaning: 'peak resident memory while one replica of each service drained',
    },
  ];
}
