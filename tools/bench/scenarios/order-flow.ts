import { setTimeout as delay } from 'node:timers/promises';
import { startBaselines } from '../baselines/start-baselines.js';
import { bare } from '../baselines/bare/baseline.js';
import { textbook } from '../baselines/textbook/baseline.js';
import type { Bench, Figure, ScenarioResult } from '../bench.js';
import { busyPercent, cpuUsed, MemorySampler } from '../measure.js';
import type { BenchShop } from '../bench-shop.js';
import { type LoadOptions, type Round, ShopUnderLoad } from '../shop-under-load.js';
import { toFigures, type Rounds } from './order-flow-figures.js';

/** Orders under way at a time: enough to keep every part of a shop busy. */
export const IN_FLIGHT_MAX = { full: 500, quick: 250 };
/** What the textbook ends in less than two seconds: to wait for more would be most of a quick run. */
const QUICK_TEXTBOOK_IN_FLIGHT_MAX = 40;
const IDLE_MS = 2_000;

/**
 * Orders as fast as the shop takes them, each of two lines, approved and in stock: from the POST to `completed`. Ours,
 * and what it is measured against, in turn: they share the servers, and while one is under load the others stand idle.
 */
export async function orderFlow(bench: Bench): Promise<ScenarioResult> {
  const { connections, quick } = bench;
  const ours = await bench.shop();
  const [count, durationMs] = quick ? [2, 1_500] : [5, 15_000];
  const loadOn = (name: string): LoadOptions => ({
    connections,
    durationMs,
    inFlightMax: inFlightMax(name, quick),
  });
  const baselines = await startBaselines(bench, [textbook, bare]);
  const targets = await Promise.all(
    Object.entries({ ours, ...baselines }).map(([name, shop]) => ShopUnderLoad.open(name, shop, connections)),
  );
  const memory = new MemorySampler(ours.measured);
  try {
    for (const target of targets) await target.runRound(loadOn(target.name)); // warms up
    const idlePercent = await measureIdleCpu(targets);
    const rounds: Rounds[] = [];
    while (rounds.length < count) {
      rounds.push(await runRounds(targets, loadOn));
      bench.log(`  ${formatRounds(rounds.at(-1)!)} (${rounds.length} of ${count})`);
    }
    const rssMb = memory.stop();
    for (const target of targets) await target.verify();
    return {
      how:
        `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections, ` +
        `at most ${inFlightMax('ours', quick)} under way${quick ? ` (textbook: ${QUICK_TEXTBOOK_IN_FLIGHT_MAX})` : ''}; medians`,
      figures: [...toFigures(rounds, rssMb), idlePercent, await messagesPerTransactionFigure(ours)],
      rounds,
    };
  } finally {
    memory.stop();
    await Promise.all(targets.map((target) => target.close()));
    await Promise.all(Object.values(baselines).map((shop) => shop.stop()));
  }
}

function inFlightMax(name: string, quick: boolean): number {
  if (quick && name === textbook.name) return QUICK_TEXTBOOK_IN_FLIGHT_MAX;
  return quick ? IN_FLIGHT_MAX.quick : IN_FLIGHT_MAX.full;
}

async function runRounds(
  targets: readonly ShopUnderLoad[],
  loadOn: (name: string) => LoadOptions,
): Promise<Rounds> {
  const rounds: Record<string, Round> = {};
  for (const target of targets) rounds[target.name] = await target.runRound(loadOn(target.name));
  return rounds;
}

function formatRounds(rounds: Rounds): string {
  return Object.entries(rounds)
    .map(([name, { ordersPerSecond }]) => `${name} ${Math.round(ordersPerSecond)} orders/s`)
    .join(', ');
}

/** All shops run all the time: what those that stand by take from the one under load must be next to nothing. */
async function measureIdleCpu(targets: readonly ShopUnderLoad[]): Promise<Figure> {
  // By their pids: the servers are the same for all.
  const measured = targets.flatMap(({ shop }) =>
    shop.measured.map((one) => ({ ...one, name: String(one.pid) })),
  );
  const before = cpuUsed(measured);
  await delay(IDLE_MS);
  return {
    key: 'idle_cpu_percent',
    value: busyPercent(IDLE_MS, before, cpuUsed(measured)),
    unit: '%',
    meaning: 'of one core, that all the shops and servers take together while nobody orders',
  };
}

/** The rate of one round of our shop alone. */
export async function measureTopRate(
  shop: BenchShop,
  { connections, durationMs }: Omit<LoadOptions, 'inFlightMax'>,
) {
  const target = await ShopUnderLoad.open('ours', shop, connections);
  try {
    return (await target.runRound({ connections, durationMs, inFlightMax: IN_FLIGHT_MAX.full }))
      .ordersPerSecond;
  } finally {
    await target.close();
  }
}

async function messagesPerTransactionFigure(shop: BenchShop): Promise<Figure> {
  return {
    key: 'messages_per_transaction',
    value: await shop.messagesPerTransaction(),
    unit: '',
    meaning: 'that arrived together and were handled together, on average, by consumer',
  };
}
