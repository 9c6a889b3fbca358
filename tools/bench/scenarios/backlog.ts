import type { Bench, Result } from '../bench.js';
import { closedLoop } from '../load.js';
import { type ByName, cpuPer, cpuUsed, MemoryWatch } from '../measure.js';
import type { Shop } from '../shop.js';

const CONSUMERS = ['inventory', 'payment'] as const;

interface Drain {
  readonly replicas: number;
  readonly orders: number;
  readonly takenPerSecond: number;
  readonly drainedPerSecond: number;
  readonly cpuUsPerOrder: ByName;
  readonly rssMb: ByName;
}

/**
 * Inventory and payment are away while orders come in; then they are back, and work off what has piled up in their
 * queues. Once with one process of each service, then with more.
 */
export async function backlog(bench: Bench): Promise<Result> {
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const drains: Drain[] = [];
  for (const [replicas, orders] of planOf(bench.quick)) {
    const drain = await pileUpAndDrain(bench, shop, replicas, orders);
    drains.push(drain);
    bench.say(
      `  ${replicas} of each: ${orders} orders taken at ${Math.round(drain.takenPerSecond)}/s, ` +
        `drained at ${Math.round(drain.drainedPerSecond)}/s`,
    );
  }
  await shop.prove();
  return {
    how: drains
      .map(({ replicas, orders }) => `${orders} orders, drained by ${replicas} of each service`)
      .join('; '),
    figures: figuresOf(drains),
    rounds: drains,
  };
}

function planOf(quick: boolean): readonly (readonly [replicas: number, orders: number])[] {
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

async function pileUpAndDrain(bench: Bench, shop: Shop, replicas: number, orders: number): Promise<Drain> {
  await shop.halt(CONSUMERS);
  bench.say(`  inventory and payment are stopped; ${orders.toLocaleString('en')} orders`);
  const startedAt = performance.now();
  const { connections } = bench;
  shop.remember(await closedLoop(shop.orderUrl, { connections, ordersMax: orders }));
  const takenMs = performance.now() - startedAt;
  await shop.resume(CONSUMERS, replicas);
  bench.say(`  all taken; ${replicas} of each service drain`);
  const { measured } = shop;
  const memory = new MemoryWatch(measured);
  const [cpuBefore, resumedAt] = [cpuUsed(measured), performance.now()];
  try {
    await shop.allEnded();
  } finally {
    memory.stop();
  }
  const drainedMs = performance.now() - resumedAt;
  const cpuUsPerOrder = cpuPer(orders, cpuBefore, cpuUsed(measured));
  await shop.stopReplicas();
  return {
    replicas,
    orders,
    takenPerSecond: (1000 * orders) / takenMs,
    drainedPerSecond: (1000 * orders) / drainedMs,
    cpuUsPerOrder,
    rssMb: memory.stop(),
  };
}

function figuresOf(drains: readonly Drain[]): Result['figures'] {
  const [first] = drains as [Drain];
  const byReplicas = (value: (drain: Drain) => number): ByName =>
    Object.fromEntries(drains.map((drain) => [`${drain.replicas} of each`, value(drain)]));
  return [
    {
      key: 'backlog_orders',
      value: first.orders,
      unit: 'orders',
      meaning: 'taken while inventory and payment were away, all of them waiting in queues',
    },
    {
      key: 'backlog_taken_per_second',
      value: first.takenPerSecond,
      unit: 'orders/s',
      meaning: 'answered with 202 meanwhile',
    },
    {
      key: 'drain_per_second',
      value: byReplicas(({ drainedPerSecond }) => drainedPerSecond),
      unit: 'orders/s',
      meaning: 'from when the consumers were ready to the end of the last order, by replicas of each service',
    },
    {
      key: 'drain_cpu_us_per_order',
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
