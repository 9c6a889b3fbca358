import { setTimeout as delay } from 'node:timers/promises';
import { startBaselines } from '../baselines/beside-ours.js';
import { floor } from '../baselines/floor/baseline.js';
import { textbook } from '../baselines/textbook/baseline.js';
import type { Bench, Figure, Result } from '../bench.js';
import { busyPercent, cpuUsed, MemoryWatch } from '../measure.js';
import type { Shop } from '../shop.js';
import { type Load, type Round, ShopUnderLoad } from '../shop-under-load.js';
import { figuresOf, type Rounds } from './order-flow-figures.js';

/** Orders under way at a time: enough to keep every part of a shop busy. */
export const UNDER_WAY_MAX = { full: 500, quick: 250 };
/** What the textbook ends in less than two seconds: to wait for more would be most of a quick run. */
const QUICK_TEXTBOOK_UNDER_WAY_MAX = 40;
const IDLE_MS = 2_000;

/**
 * Orders as fast as the shop takes them, each of two lines, approved and in stock: from the POST to `completed`. Ours,
 * and what it is measured against, in turn: they share the servers, and while one is under load the others stand idle.
 */
export async function orderFlow(bench: Bench): Promise<Result> {
  const { connections, quick } = bench;
  const ours = await bench.shop();
  const [count, durationMs] = quick ? [2, 1_500] : [5, 15_000];
  const loadOn = (name: string): Load => ({
    connections,
    durationMs,
    underWayMax: underWayMaxOf(name, quick),
  });
  const baselines = await startBaselines(bench, [textbook, floor]);
  const contestants = await Promise.all(
    Object.entries({ ours, ...baselines }).map(([name, shop]) => ShopUnderLoad.open(name, shop, connections)),
  );
  const memory = new MemoryWatch(ours.measured);
  try {
    for (const contestant of contestants) await contestant.round(loadOn(contestant.name)); // warms up
    const idlePercent = await idle(contestants);
    const rounds: Rounds[] = [];
    while (rounds.length < count) {
      rounds.push(await roundOfEach(contestants, loadOn));
      bench.say(`  ${describe(rounds.at(-1)!)} (${rounds.length} of ${count})`);
    }
    const rssMb = memory.stop();
    for (const contestant of contestants) await contestant.prove();
    return {
      how:
        `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections, ` +
        `at most ${underWayMaxOf('ours', quick)} under way${quick ? ` (textbook: ${QUICK_TEXTBOOK_UNDER_WAY_MAX})` : ''}; medians`,
      figures: [...figuresOf(rounds, rssMb), idlePercent, await messagesPerTransaction(ours)],
      rounds,
    };
  } finally {
    memory.stop();
    await Promise.all(contestants.map((contestant) => contestant.close()));
    await Promise.all(Object.values(baselines).map((shop) => shop.stop()));
  }
}

function underWayMaxOf(name: string, quick: boolean): number {
  if (quick && name === textbook.name) return QUICK_TEXTBOOK_UNDER_WAY_MAX;
  return quick ? UNDER_WAY_MAX.quick : UNDER_WAY_MAX.full;
}

async function roundOfEach(
  contestants: readonly ShopUnderLoad[],
  loadOn: (name: string) => Load,
): Promise<Rounds> {
  const rounds: Record<string, Round> = {};
  for (const contestant of contestants)
    rounds[contestant.name] = await contestant.round(loadOn(contestant.name));
  return rounds;
}

function describe(rounds: Rounds): string {
  return Object.entries(rounds)
    .map(([name, { ordersPerSecond }]) => `${name} ${Math.round(ordersPerSecond)} orders/s`)
    .join(', ');
}

/** All shops run all the time: what those that stand by take from the one under load must be next to nothing. */
async function idle(contestants: readonly ShopUnderLoad[]): Promise<Figure> {
  // By their pids: the servers are the same for all.
  const measured = contestants.flatMap(({ shop }) =>
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
export async function topRate(shop: Shop, { connections, durationMs }: Omit<Load, 'underWayMax'>) {
  const contestant = await ShopUnderLoad.open('ours', shop, connections);
  try {
    return (await contestant.round({ connections, durationMs, underWayMax: UNDER_WAY_MAX.full }))
      .ordersPerSecond;
  } finally {
    await contestant.close();
  }
}

async function messagesPerTransaction(shop: Shop): Promise<Figure> {
  return {
    key: 'messages_per_transaction',
    value: await shop.messagesPerTransaction(),
    unit: '',
    meaning: 'that arrived together and were handled together, on average, by consumer',
  };
}
