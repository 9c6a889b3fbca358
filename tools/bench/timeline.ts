import { setTimeout as delay } from 'node:timers/promises';
import type { Chart } from './chart.js';
import { type ByName, cpuNow, type Measured, memoryNow } from './measure.js';
import { type Look, ShopWatch, type WatchedShop } from './shop-watch.js';

const LOOK_EVERY_MS = 1_000;
const SAY_EVERY_LOOKS = 10;

/** A shop whose processes can be measured; which they are may change. */
export interface TimedShop extends WatchedShop {
  readonly measured: readonly Measured[];
}

interface Sample {
  /** Since the timeline began. */
  readonly second: number;
  readonly look: Look | undefined;
  readonly cpuUs: ByName;
  readonly memoryMb: ByName;
}

/** What went on during a scenario, once a second: charts for the report, and a line for whoever waits every 10 s. */
export class Timeline {
  private readonly samples: Sample[] = [];
  private readonly startedAt = performance.now();
  private readonly stopping = new AbortController();
  private readonly looking: Promise<void>;
  private shop: TimedShop | undefined;
  private watch: ShopWatch | undefined;

  constructor(private readonly say: (line: string) => void) {
    this.looking = this.keepLooking();
  }

  /** From now on looks at this shop; undefined while there is none. */
  async follow(shop: TimedShop | undefined): Promise<void> {
    const before = this.watch;
    this.watch = undefined;
    await before?.close();
    this.shop = shop;
    if (shop) this.watch = await ShopWatch.open(shop);
  }

  /** The charts, as far as there was anything to see. */
  async stop(): Promise<Chart[]> {
    this.stopping.abort();
    await this.looking;
    await this.follow(undefined);
    return chartsOf(this.samples);
  }

  private async keepLooking(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const dueAt = performance.now() + LOOK_EVERY_MS;
      if (this.watch) this.samples.push(await this.sample(this.watch));
      if (this.samples.length % SAY_EVERY_LOOKS === SAY_EVERY_LOOKS - 1 && this.watch) this.tell();
      await delay(Math.max(100, dueAt - performance.now()), undefined, { signal }).catch(() => {});
    }
  }

  /** A look fails while the shop is being stopped, and is left out. */
  private async sample(watch: ShopWatch): Promise<Sample> {
    const look = await watch.look().catch(() => undefined);
    const second = (performance.now() - this.startedAt) / 1000;
    const measured = this.shop?.measured ?? [];
    return { second, look, cpuUs: cpuNow(measured), memoryMb: memoryNow(measured) };
  }

  private tell(): void {
    const [before, now] = [this.samples.at(-SAY_EVERY_LOOKS), this.samples.at(-1)];
    if (!before?.look || !now?.look) return;
    const seconds = now.second - before.second;
    const rate = (of: 'placed' | 'ended'): string =>
      Math.max(0, Math.round((now.look![of] - before.look![of]) / seconds)).toLocaleString('en');
    const { underWay } = now.look;
    this.say(
      `    ${Math.round(now.second)} s: ${rate('placed')} orders/s placed, ${rate('ended')}/s ended, ` +
        `${underWay.toLocaleString('en')} under way`,
    );
  }
}

function chartsOf(samples: readonly Sample[]): Chart[] {
  const first = samples[0]?.second ?? 0;
  const at = samples.map(({ second }) => Math.round((second - first) * 10) / 10);
  const chart = (title: string, unit: string, lines: Chart['lines']): Chart => ({
    title,
    unit,
    axis: 'seconds',
    at,
    lines,
  });
  return [
    chart('Throughput', 'orders/s', {
      placed: ratesOf(samples, ({ look }) => look?.placed),
      ended: ratesOf(samples, ({ look }) => look?.ended),
    }),
    chart('What waits', 'orders or messages', {
      'orders under way': samples.map(({ look }) => look?.underWay ?? null),
      ...linesByName(samples, ({ look }) => look?.waiting ?? {}),
    }),
    chart(
      'CPU by process',
      '% of a core',
      mapLines(
        namesOf(samples, ({ cpuUs }) => cpuUs),
        (name) =>
          ratesOf(samples, ({ cpuUs }) => cpuUs[name]).map((rate) => rate && Math.round(rate / 100) / 100),
      ),
    ),
    chart(
      'Resident memory by process',
      'MB',
      linesByName(samples, ({ memoryMb }) => memoryMb),
    ),
  ].filter(({ lines }) => Object.values(lines).some((line) => line.some((value) => value !== null)));
}

function linesByName(samples: readonly Sample[], of: (sample: Sample) => ByName): Chart['lines'] {
  return mapLines(namesOf(samples, of), (name) => samples.map((sample) => roundedOrNull(of(sample)[name])));
}

function mapLines(names: readonly string[], lineOf: (name: string) => (number | null)[]): Chart['lines'] {
  return Object.fromEntries(names.map((name) => [name, lineOf(name)]));
}

function namesOf(samples: readonly Sample[], of: (sample: Sample) => ByName): string[] {
  return [...new Set(samples.flatMap((sample) => Object.keys(of(sample))))];
}

/** Growth per second from each sample to the next; what shrinks was started anew. */
function ratesOf(samples: readonly Sample[], of: (sample: Sample) => number | undefined): (number | null)[] {
  return samples.map((sample, index) => {
    const before = samples[index - 1];
    const [from, to] = [before && of(before), of(sample)];
    if (!before || from === undefined || to === undefined || to < from) return null;
    return roundedOrNull((to - from) / (sample.second - before.second));
  });
}

function roundedOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}
