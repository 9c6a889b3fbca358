import { statfs } from 'node:fs/promises';
import type { Bench, ScenarioResult } from '../bench.js';
import { cpuCost, type FlowMeasurement, measureFlow } from '../flow.js';
import { type ByName, canMeasureProcesses } from '../measure.js';
import { databaseSizes, increasePer, type PostgresStats, readPostgresStats } from '../postgres-stats.js';
import { minUuidAt } from '../shop-monitor.js';
import type { BenchShop } from '../bench-shop.js';
import { OrderHistory } from '../seeding/history.js';
import { median } from '../statistics.js';

const FEW_ORDERS = 10_000;
/** What five million old orders take, with what is written ahead and what is left behind meanwhile. */
const DISK_REQUIRED_BYTES = 30e9;
const MANY_ORDERS = { quick: 30_000, littleDisk: 500_000, full: 5_000_000 };

interface SizeMeasurement {
  /** In the tables before the first round. */
  readonly orders: number;
  readonly flows: readonly FlowMeasurement[];
  /** Of all rounds: what PostgreSQL did for an order. */
  readonly perOrder: PostgresStats;
  /** Of each service's database, before the first round. */
  readonly bytes: ByName;
}

/**
 * What an order costs with few orders in the tables of all services, and with very many. The old ones are written past
 * the services, as these would have left them. The audit at the end is of the new ones: the old are taken out first,
 * because the gateway's books know nothing of them.
 */
export async function growth(bench: Bench): Promise<ScenarioResult> {
  if (!canMeasureProcesses)
    return { how: 'not measured: it compares CPU per order, which needs /proc', figures: [], rounds: [] };
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const many = await chooseOrderCount(bench);
  const history = await OrderHistory.open(shop.databaseUrls);
  try {
    const few = await seedAndMeasure(bench, shop, history, [1, FEW_ORDERS]);
    const full = await seedAndMeasure(bench, shop, history, [FEW_ORDERS + 1, many]);
    bench.log('  the old orders are taken out; audit of the others');
    await history.removeBefore(minUuidAt(shop.startedAt));
    await shop.verify();
    return toResult(bench.quick, few, full);
  } finally {
    await history.close();
  }
}

async function chooseOrderCount(bench: Bench): Promise<number> {
  if (bench.quick) return MANY_ORDERS.quick;
  const { bavail, bsize } = await statfs(bench.infrastructure.folder);
  if (bavail * bsize > DISK_REQUIRED_BYTES) return MANY_ORDERS.full;
  bench.reportNotMeasured(
    `growth to ${MANY_ORDERS.full.toLocaleString('en')} orders: it takes 30 GB of disk; to ${MANY_ORDERS.littleDisk.toLocaleString('en')} instead`,
  );
  return MANY_ORDERS.littleDisk;
}

async function seedAndMeasure(
  bench: Bench,
  shop: BenchShop,
  history: OrderHistory,
  [first, last]: readonly [number, number],
): Promise<SizeMeasurement> {
  const { connections, quick, log } = bench;
  log(`  seeding up to ${last.toLocaleString('en')} orders`);
  await history.add(first, last, (done) => log(`    ${done.toLocaleString('en')}`));
  await history.vacuum();
  const [bytes, before] = [
    await databaseSizes(shop.databaseUrls),
    await readPostgresStats(shop.databaseUrls),
  ];
  const [count, durationMs] = quick ? [2, 1_000] : [3, 15_000];
  const flows: FlowMeasurement[] = [];
  while (flows.length < count) {
    const flow = await measureFlow(shop, { connections, durationMs });
    flows.push(flow);
    const [rate, cost] = [Math.round(flow.ordersPerSecond), Math.round(cpuCost(flow))];
    log(`  ${rate} orders/s, ${cost} µs of CPU each (${flows.length} of ${count})`);
  }
  const after = await readPostgresStats(shop.databaseUrls);
  const placed = flows.reduce((sum, { orders }) => sum + orders, 0);
  const perOrder = {
    cpuUs: increasePer(placed, before.cpuUs, after.cpuUs),
    commits: increasePer(placed, before.commits, after.commits),
    walBytes: (after.walBytes - before.walBytes) / placed,
    fullPageImages: (after.fullPageImages - before.fullPageImages) / placed,
  };
  return { orders: last, flows, perOrder, bytes };
}

function toResult(quick: boolean, few: SizeMeasurement, many: SizeMeasurement): ScenarioResult {
  const cost = ({ flows }: SizeMeasurement): number => median(flows.map(cpuCost));
  const rate = ({ flows }: SizeMeasurement): number =>
    median(flows.map(({ ordersPerSecond }) => ordersPerSecond));
  const named = (value: (size: SizeMeasurement) => number): Record<string, number> =>
    Object.fromEntries(
      [few, many].map((size) => [`${size.orders.toLocaleString('en')} orders`, value(size)]),
    );
  return {
    how:
      `${few.flows.length} rounds each with ${few.orders} and with ${many.orders} orders in the tables; medians` +
      (quick ? ' (without --quick: 5,000,000)' : ''),
    figures: [
      {
        key: 'growth_cpu_us_per_order',
        value: named(cost),
        unit: 'µs',
        meaning: 'CPU per order of services, PostgreSQL and RabbitMQ, by orders in the tables before',
      },
      {
        key: 'growth_orders_per_second',
        value: named(rate),
        unit: 'orders/s',
        meaning: 'from the first POST to the end of the last order',
      },
      {
        key: 'ratio_growth_cpu',
        value: cost(few) / cost(many),
        unit: '',
        meaning: 'CPU per order with few orders in the tables / with many: 1 when growth costs nothing',
      },
      ...storageFigures(few, many),
    ],
    rounds: [few, many],
  };
}

/** What an order asks of the servers under it; with many orders in the tables, as in a shop that has run for long. */
function storageFigures(few: SizeMeasurement, many: SizeMeasurement): ScenarioResult['figures'] {
  return [
    {
      key: 'postgres_cpu_us_per_order',
      value: many.perOrder.cpuUs,
      isAdditive: true,
      unit: 'µs',
      meaning: "CPU of PostgreSQL's connections to each service's database",
    },
    {
      key: 'commits_per_order',
      value: many.perOrder.commits,
      isAdditive: true,
      unit: '',
      meaning: "transactions in each service's database; those that arrive together share one",
    },
    {
      key: 'wal_bytes_per_order',
      value: many.perOrder.walBytes,
      unit: 'bytes',
      meaning: 'written ahead for all three databases, soon after a checkpoint',
    },
    {
      key: 'wal_full_page_images_per_order',
      value: many.perOrder.fullPageImages,
      unit: 'pages',
      meaning:
        'of these: pages that are written whole, being changed for the first time since the checkpoint',
    },
    {
      key: 'stored_bytes_per_order',
      value: increasePer(many.orders - few.orders, few.bytes, many.bytes),
      isAdditive: true,
      unit: 'bytes',
      meaning:
        "that an old order takes in each service's database: rows, indexes, and its share of inbox and outbox",
    },
  ];
}
