import { statfs } from 'node:fs/promises';
import type { Bench, ScenarioResult } from '../bench.js';
import type { BenchShop } from '../bench-shop.js';
import { type ByName, canMeasureProcesses, increasePer } from '../measure.js';
import { databaseSizes, type PostgresStats, readPostgresStats } from '../postgres-stats.js';
import { minUuidAt, OrderHistory } from '../seeding/history.js';
import { type Round, shopCpuUs, type ShopUnderLoad } from '../shop-under-load.js';
import { median } from '../statistics.js';

const FEW_ORDERS = 10_000;
const MANY_ORDERS = { quick: 30_000, littleDisk: 500_000, full: 5_000_000 };
/** For 5,000,000 orders, their WAL and dead rows. */
const DISK_REQUIRED_BYTES = 30e9;

interface SizeMeasurement {
  /** In the tables before the first round. */
  readonly orders: number;
  readonly rounds: readonly Round[];
  /** PostgreSQL's work per order over all rounds. */
  readonly perOrder: PostgresStats;
  /** The size of each service's database before the first round. */
  readonly bytes: ByName;
}

/**
 * The cost of an order with few orders in the tables, and with many. SQL seeds the old orders directly, in the state in
 * which the services leave completed orders. They are removed before the audit: the gateway's ledger lacks them.
 */
export async function growth(bench: Bench): Promise<ScenarioResult> {
  if (!canMeasureProcesses)
    return { how: 'not measured: CPU per order needs /proc', figures: [], rounds: [] };
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const many = await chooseOrderCount(bench);
  const history = await OrderHistory.open(shop.databaseUrls);
  try {
    return await bench.underLoad(shop, async (target) => {
      const sizes = [
        await seedAndMeasure(bench, shop, target, { history, first: 1, last: FEW_ORDERS }),
        await seedAndMeasure(bench, shop, target, { history, first: FEW_ORDERS + 1, last: many }),
      ] as const;
      bench.log('  removing the seeded orders; audit of the measured ones');
      await history.removeBefore(minUuidAt(shop.startedAt));
      await target.verify();
      return toResult(bench.quick, ...sizes);
    });
  } finally {
    await history.close();
  }
}

async function chooseOrderCount(bench: Bench): Promise<number> {
  if (bench.quick) return MANY_ORDERS.quick;
  const { bavail, bsize } = await statfs(bench.infrastructure.folder);
  if (bavail * bsize > DISK_REQUIRED_BYTES) return MANY_ORDERS.full;
  const [full, little] = [MANY_ORDERS.full, MANY_ORDERS.littleDisk].map((count) =>
    count.toLocaleString('en'),
  );
  bench.reportNotMeasured(`growth to ${full} orders, which needs 30 GB of disk; measured to ${little}`);
  return MANY_ORDERS.littleDisk;
}

interface SeededOrders {
  readonly history: OrderHistory;
  readonly first: number;
  readonly last: number;
}

async function seedAndMeasure(
  bench: Bench,
  { databaseUrls }: BenchShop,
  target: ShopUnderLoad,
  { history, first, last }: SeededOrders,
): Promise<SizeMeasurement> {
  const { quick, log } = bench;
  log(`  seeding up to ${last.toLocaleString('en')} orders`);
  await history.add(first, last, (done) => log(`    ${done.toLocaleString('en')}`));
  await history.vacuum();
  const [bytes, before] = [await databaseSizes(databaseUrls), await readPostgresStats(databaseUrls)];
  const [count, durationMs] = quick ? [2, 1_000] : [3, 15_000];
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const round = await target.runRound(bench.fullLoad(durationMs));
    rounds.push(round);
    const [rate, cpu] = [Math.round(round.ordersPerSecond), Math.round(shopCpuUs(round))];
    log(`  ${rate} orders/s, ${cpu} µs of CPU per order (${rounds.length} of ${count})`);
  }
  const after = await readPostgresStats(databaseUrls);
  const orders = rounds.reduce((sum, round) => sum + round.orders, 0);
  const perOrder = {
    cpuUs: increasePer(orders, before.cpuUs, after.cpuUs),
    commits: increasePer(orders, before.commits, after.commits),
    walBytes: (after.walBytes - before.walBytes) / orders,
    fullPageImages: (after.fullPageImages - before.fullPageImages) / orders,
  };
  return { orders: last, rounds, perOrder, bytes };
}

function toResult(quick: boolean, few: SizeMeasurement, many: SizeMeasurement): ScenarioResult {
  const cpu = ({ rounds }: SizeMeasurement): number => median(rounds.map(shopCpuUs));
  const rate = ({ rounds }: SizeMeasurement): number =>
    median(rounds.map(({ ordersPerSecond }) => ordersPerSecond));
  const bySize = (value: (size: SizeMeasurement) => number): ByName =>
    Object.fromEntries(
      [few, many].map((size) => [`${size.orders.toLocaleString('en')} orders`, value(size)]),
    );
  return {
    how:
      `${few.rounds.length} rounds each with ${few.orders} and with ${many.orders} orders in the tables; medians` +
      (quick ? ' (without --quick: 5,000,000)' : ''),
    figures: [
      {
        key: 'growth_cpu_us_per_order',
        value: bySize(cpu),
        unit: 'µs',
        meaning: 'CPU per order of services, PostgreSQL and RabbitMQ, by orders in the tables',
      },
      {
        key: 'growth_orders_per_second',
        value: bySize(rate),
        unit: 'orders/s',
        meaning: 'from the first POST to the end of the last order',
      },
      {
        key: 'ratio_growth_cpu',
        value: cpu(few) / cpu(many),
        unit: '',
        meaning: 'CPU per order, few orders in the tables / many: 1 when old orders cost nothing',
      },
      ...storageFigures(few, many),
    ],
    rounds: [few, many],
  };
}

/** With many orders in the tables, as in a shop that has run for months. */
function storageFigures(few: SizeMeasurement, many: SizeMeasurement): ScenarioResult['figures'] {
  return [
    {
      key: 'postgres_cpu_us_per_order',
      value: many.perOrder.cpuUs,
      isAdditive: true,
      unit: 'µs',
      meaning: "CPU of PostgreSQL's backends, by service",
    },
    {
      key: 'commits_per_order',
      value: many.perOrder.commits,
      isAdditive: true,
      unit: '',
      meaning: 'transactions per order, by service; a batch is one transaction',
    },
    {
      key: 'wal_bytes_per_order',
      value: many.perOrder.walBytes,
      unit: 'bytes',
      meaning: 'WAL of all three databases, soon after a checkpoint',
    },
    {
      key: 'wal_full_page_images_per_order',
      value: many.perOrder.fullPageImages,
      unit: 'pages',
      meaning: 'full-page images in the WAL: the first change of a page after a checkpoint',
    },
    {
      key: 'stored_bytes_per_order',
      value: increasePer(many.orders - few.orders, few.bytes, many.bytes),
      isAdditive: true,
      unit: 'bytes',
      meaning: 'rows and indexes of an old order, with its part of inbox and outbox, by service',
    },
  ];
}
