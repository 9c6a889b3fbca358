import { join } from 'node:path';
import { CLONE } from '../../client/repository-root.js';
import { startBaselines } from '../baselines/beside-ours.js';
import { floor } from '../baselines/floor/baseline.js';
import type { Bench, Figure, Result } from '../bench.js';
import { type ByName, canMeasureProcesses, cpuByThread, type CpuByThread } from '../measure.js';
import { HELPERS, samplesByKind, SYSTEM } from '../profiling/kinds.js';
import { recorderFor, Recording } from '../profiling/recording.js';
import { Shop } from '../shop.js';
import { type Load, type Round, type RunningShop, ShopUnderLoad } from '../shop-under-load.js';
import { UNDER_WAY_MAX } from './order-flow.js';
import { keyOf } from './order-flow-figures.js';
import { type ServiceName, serviceNames } from '../../client/api-types.js';

const FOLDER = 'tools/bench/results/profiles';

interface Profiled extends Round {
  readonly name: string;
  /** By service: microseconds of CPU that an order costs, by kind of work. They add up to its CPU. */
  readonly usPerOrder: Readonly<Record<string, ByName>>;
}

/**
 * What kinds of work the CPU of the three services goes into, in ours and in the bare programs, under the load of `order-flow`.
 */
export async function profile(bench: Bench): Promise<Result> {
  if (!canMeasureProcesses)
    return { how: 'left out: it shares out CPU, which needs /proc', figures: [], rounds: [] };
  await bench.closeShop();
  const { connections, quick } = bench;
  const durationMs = quick ? 3_000 : 15_000;
  const load = { connections, underWayMax: quick ? UNDER_WAY_MAX.quick : UNDER_WAY_MAX.full, durationMs };
  const shops = await startShops(bench);
  const contestants: ShopUnderLoad[] = [];
  try {
    for (const [name, shop] of Object.entries(shops))
      contestants.push(await ShopUnderLoad.open(name, shop, connections));
    bench.say('  the shops run; warming up');
    for (const contestant of contestants) await contestant.round({ ...load, durationMs: 2 * durationMs });
    const rounds: Profiled[] = [];
    for (const contestant of contestants) {
      rounds.push(await profileOf(contestant, load));
      bench.say(`  ${contestant.name} recorded and measured`);
    }
    for (const contestant of contestants) await contestant.prove();
    return {
      how:
        `two rounds of each, one recorded and one measured: ${durationMs / 1000} s of orders over ${connections} ` +
        `connections, at most ${load.underWayMax} under way; the recordings are in ${FOLDER}, for Chrome's DevTools or speedscope`,
      figures: rounds.flatMap(figuresOf),
      rounds,
    };
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.close()));
    await Promise.all(Object.values(shops).map((shop) => shop.stop()));
  }
}

async function startShops(bench: Bench): Promise<Record<string, RunningShop>> {
  const ours = await Shop.start(bench.infrastructure, recorders('ours'));
  try {
    return { ours, ...(await startBaselines(bench, [floor], { nodeArguments: recorders('floor') })) };
  } catch (error) {
    await ours.stop();
    throw error;
  }
}

function recorders(shop: string): Record<ServiceName, string[]> {
  return Object.fromEntries(
    serviceNames.map((service) => [service, recorderFor(fileOf(shop, service))]),
  ) as Record<ServiceName, string[]>;
}

function fileOf(shop: string, service: string): string {
  return join(CLONE, FOLDER, `${shop}-${service}.cpuprofile`);
}

/** Two rounds, because a process that is recorded takes a third more CPU: the first says of what, the second how much. */
async function profileOf(contestant: ShopUnderLoad, load: Load): Promise<Profiled> {
  const { name, shop } = contestant;
  const services = shop.measured.filter((one) => serviceNames.some((service) => service === one.name));
  const recordings = await Promise.all(
    services.map((service) => Recording.start(fileOf(name, service.name), service.pid)),
  );
  await contestant.round(load);
  const profiles = await Promise.all(recordings.map((recording) => recording.stop()));
  const cpu = () => services.map(({ pid }) => cpuByThread(pid));
  const before = cpu();
  const round = await contestant.round(load);
  const after = cpu();
  const usPerOrder = services.map(({ name }, index) => {
    const samples = samplesByKind(profiles[index]!);
    return [name, usByKind(samples, round.orders, before[index]!, after[index]!)] as const;
  });
  return { name, ...round, usPerOrder: Object.fromEntries(usPerOrder) };
}

function usByKind(samples: ByName, orders: number, before: CpuByThread, after: CpuByThread): ByName {
  const per = (part: keyof CpuByThread): number => (after[part] - before[part]) / orders;
  const usPerSample = per('user') / Object.values(samples).reduce((sum, count) => sum + count, 0);
  return {
    [SYSTEM]: per('system'),
    ...Object.fromEntries(Object.entries(samples).map(([kind, count]) => [kind, count * usPerSample])),
    [HELPERS]: per('others'),
  };
}

function figuresOf({ name, usPerOrder }: Profiled): Figure[] {
  const together: Record<string, number> = {};
  for (const ofService of Object.values(usPerOrder))
    for (const [kind, us] of Object.entries(ofService)) together[kind] = (together[kind] ?? 0) + us;
  const figure = (key: string, value: ByName, whose: string): Figure => ({
    key: keyOf(name, key),
    value,
    addsUp: true,
    unit: 'µs',
    meaning:
      `CPU that an order costs in ${whose}, by kind of work: in the system, in the program, shared out by the samples ` +
      'of a profiler that ran in another round, and in helper threads of V8',
  });
  return [
    figure('profile_us_per_order', together, 'the three services'),
    ...Object.entries(usPerOrder).map(([service, ofService]) =>
      figure(`profile_${service}_us_per_order`, ofService, service),
    ),
  ];
}
