import { statfs } from 'node:fs/promises';
import type { Bench, Result } from '../bench.js';
import { costOf, type Flow, measureFlow } from '../flow.js';
import { type ByName, canMeasureProcesses } from '../measure.js';
import { databaseSizes, grownBy, type PostgresUse, postgresUse } from '../postgres-use.js';
import { uuidAt } from '../shop-watch.js';
import type { Shop } from '../shop.js';
import { History } from '../seeding/history.js';
import { median } from '../statistics.js';

const FEW = 10_000;
/** What five million old orders take, with what is written ahead and what is left behind meanwhile. */
const DISK_NEEDED = 30e9;
const MANY = { quick: 30_000, littleDisk: 500_000, full: 5_000_000 };

interface Size {
  /** In the tables before the first round. */
  readonly orders: number;
  readonly flows: readonly Flow[];
  /** Of all rounds: what PostgreSQL did for an order. */
  readonly perOrder: PostgresUse;
  /** Of each service's database, before the first round. */
  readonly bytes: ByName;
}

/**
 * What an order costs with few orders in the tables of all services, and with very many. The old ones are written past
 * the services, as these would have left them. The audit at the end is of the new ones: the old are taken out first,
 * because the gateway's books know nothing of them.
 */
export async function growth(bench: Bench): Promise<Result> {
  if (!canMeasureProcesses)
    return { how: 'left out: it compares CPU per order, which needs /proc', figures: [], rounds: [] };
  const shop = bench.quick ? await bench.shop() : await bench.newShop();
  const many = await manyFor(bench);
  const history = await History.open(shop.databaseUrls);
  try {
    const few = await measureAfter(bench, shop, history, [1, FEW]);
    const full = await measureAfter(bench, shop, history, [FEW + 1, many]);
    bench.say('  the old orders are taken out; audit of the others');
    await history.takeOut(uuidAt(shop.startedAt));
    await shop.prove();
    return resultOf(bench.quick, few, full);
  } finally {
    await history.close();
  }
}

async function manyFor(bench: Bench): Promise<number> {
  if (bench.quick) return MANY.quick;
  const { bavail, bsize } = await statfs(bench.infrastructure.folder);
  if (bavail * bsize > DISK_NEEDED) return MANY.full;
  bench.leaveOut(
    `growth to ${MANY.full.toLocaleString('en')} orders: it takes 30 GB of disk; to ${MANY.littleDisk.toLocaleString('en')} instead`,
  );
  return MANY.littleDisk;
}

async function measureAfter(
  bench: Bench,
  shop: Shop,
  history: History,
  [first, last]: readonly [number, number],
): Promise<Size> {
  const { connections, quick, say } = bench;
  say(`  seeding up to ${last.toLocaleString('en')} orders`);
  await history.add(first, last, (done) => say(`    ${done.toLocaleString('en')}`));
  await history.vacuum();
  const [bytes, before] = [await databaseSizes(shop.databaseUrls), await postgresUse(shop.databaseUrls)];
  const [count, durationMs] = quick ? [2, 1_000] : [3, 15_000];
  const flows: Flow[] = [];
  while (flows.length < count) {
    const flow = await measureFlow(shop, { connections, durationMs });
    flows.push(flow);
    const [rate, cost] = [Math.round(flow.ordersPerSecond), Math.round(costOf(flow))];
    say(`  ${rate} orders/s, ${cost} µs of CPU each (${flows.length} of ${count})`);
  }
  const after = await postgresUse(shop.databaseUrls);
  const placed = flows.reduce((sum, { orders }) => sum + orders, 0);
  const perOrder = {
    cpuUs: grownBy(placed, before.cpuUs, after.cpuUs),
    commits: grownBy(placed, before.commits, after.commits),
    walBytes: (after.walBytes - before.walBytes) / placed,
    fullPages: (after.fullPages - before.fullPages) / placed,
  };
  return { orders: last, flows, perOrder, bytes };
}

function resultOf(quick: boolean, few: Size, many: Size): Result {
  const cost = ({ flows }: Size): number => median(flows.map(costOf));
  const rate = ({ flows }: Size): number => median(flows.map(({ ordersPerSecond }) => ordersPerSecond));
  const named = (value: (size: Size) => number): Record<string, number> =>
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
        key: 'ratio_growth',
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
function storageFigures(few: Size, many: Size): Result['figures'] {
  return [
    {
      key: 'postgres_cpu_us_per_order',
      value: many.perOrder.cpuUs,
      addsUp: true,
      unit: 'µs',
      meaning: "CPU of PostgreSQL's connections to each service's database",
    },
    {
      key: 'commits_per_order',
      value: many.perOrder.commits,
      addsUp: true,
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
      key: 'wal_full_pages_per_order',
      value: many.perOrder.fullPages,
      unit: 'pages',
      meaning:
        'of these: pages that are written whole, being changed for the first time since the checkpoint',
    },
    {
      key: 'stored_bytes_per_order',
      value: grownBy(many.orders - few.orders, few.bytes, many.bytes),
      addsUp: true,
      unit: 'bytes',
      meaning:
        "that an old order takes in each service's database: rows, indexes, and its share of inbox and outbox",
    },
  ];
}
