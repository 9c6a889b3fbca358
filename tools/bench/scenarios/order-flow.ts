import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startBaselines } from '../baselines/baseline.js';
import { bare } from '../baselines/bare/baseline.js';
import { textbook } from '../baselines/textbook/baseline.js';
import type { Bench, Figure, ScenarioResult } from '../bench.js';
import type { BenchShop } from '../bench-shop.js';
import { busyPercent, cpuUsed, MemorySampler } from '../measure.js';
import { type LoadOptions, type Round, type RunningShop, ShopUnderLoad } from '../shop-under-load.js';
import { toFigures, type Rounds } from './order-flow-figures.js';

/** The textbook drains 40 orders in less than two seconds; draining 250 would take most of a quick run. */
const QUICK_TEXTBOOK_IN_FLIGHT_MAX = 40;
const IDLE_MS = 2_000;

/**
 * Orders of two lines, approved and in stock, in a closed loop, from the POST to `completed`. Rounds of this shop and of
 * the baselines alternate on the same servers; all shops run for the whole scenario, and all but one are idle.
 */
export async function orderFlow(bench: Bench): Promise<ScenarioResult> {
  const ours = await bench.shop();
  const others = bench.against
    ? { other: await startOtherCheckout(bench, bench.against) }
    : await startBaselines(bench, [textbook, bare]);
  const targets = await Promise.all(
    Object.entries<RunningShop>({ ours, ...others }).map(([name, shop]) =>
      ShopUnderLoad.open(name, shop, bench.log),
    ),
  );
  try {
    return await measure(bench, ours, targets);
  } finally {
    await Promise.all(targets.map((target) => target.close()));
    await Promise.all(Object.values<RunningShop>(others).map((shop) => shop.stop()));
  }
}

async function measure(
  bench: Bench,
  ours: BenchShop,
  targets: readonly ShopUnderLoad[],
): Promise<ScenarioResult> {
  const [count, durationMs] = bench.quick ? [2, 1_500] : [5, 15_000];
  const loadOn = (name: string): LoadOptions => ({
    ...bench.fullLoad(durationMs),
    ...(bench.quick && name === textbook.name && { inFlightMax: QUICK_TEXTBOOK_IN_FLIGHT_MAX }),
  });
  const memory = new MemorySampler(ours.measured);
  try {
    for (const target of targets) await target.runRound(loadOn(target.name)); // warm-up
    const idlePercent = await measureIdleCpu(targets);
    const rounds: Rounds[] = [];
    while (rounds.length < count) {
      rounds.push(await runRounds(targets, loadOn));
      bench.log(`  ${formatRounds(rounds.at(-1)!)} (${rounds.length} of ${count})`);
    }
    const rssMb = memory.stop();
    for (const target of targets) await target.verify();
    const { connections } = bench.fullLoad(durationMs);
    const inFlight = targets.map(({ name }) => `${name} ${loadOn(name).inFlightMax}`).join(', ');
    return {
      how:
        `${count} rounds per shop, in turn: ${durationMs / 1000} s of orders, ${connections} connections; ` +
        `orders in flight at most: ${inFlight}; medians`,
      figures: [...toFigures(rounds, rssMb), idlePercent, await messagesPerTransactionFigure(ours)],
      rounds,
    };
  } finally {
    memory.stop();
  }
}

/**
 * Starts the shop of another checkout on the servers of this run, with the code in its `dist`.
 *
 * @throws Error when that checkout is not built, or is older than `BenchShop.start(servers, name)`
 */
async function startOtherCheckout({ infrastructure }: Bench, folder: string): Promise<RunningShop> {
  const module = pathToFileURL(join(folder, 'dist', 'tools', 'bench', 'bench-shop.js')).href;
  const { BenchShop: Other } = (await import(module)) as { readonly BenchShop: typeof BenchShop };
  return Other.start(infrastructure, 'bench_other');
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

/** CPU of all shops while none has load: it must be small, because idle shops run beside the one under load. */
async function measureIdleCpu(targets: readonly ShopUnderLoad[]): Promise<Figure> {
  // Named by pid, so the shared servers count once.
  const measured = targets.flatMap(({ shop }) =>
    shop.measured.map((one) => ({ ...one, name: String(one.pid) })),
  );
  const before = cpuUsed(measured);
  await delay(IDLE_MS);
  return {
    key: 'idle_cpu_percent',
    value: busyPercent(IDLE_MS, before, cpuUsed(measured)),
    unit: '%',
    meaning: 'of one core: CPU of all shops and servers without orders',
  };
}

/** Orders per second of one round of this shop alone. */
export function measureTopRate(bench: Bench, shop: BenchShop): Promise<number> {
  return bench.underLoad(
    shop,
    async (target) => (await target.runRound(bench.fullLoad(8_000))).ordersPerSecond,
  );
}

async function messagesPerTransactionFigure(shop: BenchShop): Promise<Figure> {
  return {
    key: 'messages_per_transaction',
    value: await shop.messagesPerTransaction(),
    unit: '',
    meaning: 'messages per database transaction, on average, by consumer',
  };
}
