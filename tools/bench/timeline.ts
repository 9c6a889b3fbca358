import { setTimeout as delay } from 'node:timers/promises';
import type { Chart } from './chart.js';
import { type ByName, cpuNow, type MeasuredProcess, memoryNow } from './measure.js';
import { type ShopSample, ShopMonitor, type MonitoredShop } from './shop-monitor.js';

const SAMPLE_INTERVAL_MS = 1_000;
const LOG_EVERY_SAMPLES = 10;

/** A shop whose processes can be measured; which they are may change. */
export interface MeasuredShop extends MonitoredShop {
  readonly measured: readonly MeasuredProcess[];
}

interface Sample {
  /** Since the timeline began. */
  readonly second: number;
  readonly shop: ShopSample | undefined;
  readonly cpuUs: ByName;
  readonly memoryMb: ByName;
}

/** What went on during a scenario, once a second: charts for the report, and a line for whoever waits every 10 s. */
export class Timeline {
  private readonly samples: Sample[] = [];
  private readonly startedAt = performance.now();
  private readonly stopping = new AbortController();
  private readonly loop: Promise<void>;
  private shop: MeasuredShop | undefined;
  private monitor: ShopMonitor | undefined;

  constructor(private readonly log: (line: string) => void) {
    this.loop = this.runLoop();
  }

  /** From now on looks at this shop; undefined while there is none. */
  async attach(shop: MeasuredShop | undefined): Promise<void> {
    const before = this.monitor;
    this.monitor = undefined;
    await before?.close();
    this.shop = shop;
    if (shop) this.monitor = await ShopMonitor.open(shop);
  }

  /** The charts, as far as there was anything to see. */
  async stop(): Promise<Chart[]> {
    this.stopping.abort();
    await this.loop;
    await this.attach(undefined);
    return createCharts(this.samples);
  }

  private async runLoop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const dueAt = performance.now() + SAMPLE_INTERVAL_MS;
      if (this.monitor) this.samples.push(await this.sample(this.monitor));
      if (this.samples.length % LOG_EVERY_SAMPLES === LOG_EVERY_SAMPLES - 1 && this.monitor)
        this.logProgress();
      await delay(Math.max(100, dueAt - performance.now()), undefined, { signal }).catch(() => {});
    }
  }

  /** A look fails while the shop is being stopped, and is left out. */
  private async sample(watch: ShopMonitor): Promise<Sample> {
    const shop = await watch.sample().catch(() => undefined);
    const second = (performance.now() - this.startedAt) / 1000;
    const measured = this.shop?.measured ?? [];
    return { second, shop, cpuUs: cpuNow(measured), memoryMb: memoryNow(measured) };
  }

  private logProgress(): void {
    const [before, now] = [this.samples.at(-LOG_EVERY_SAMPLES), this.samples.at(-1)];
    if (!before?.shop || !now?.shop) return;
    const seconds = now.second - before.second;
    const rate = (of: 'placed' | 'ended'): string =>
      Math.max(0, Math.round((now.shop![of] - before.shop![of]) / seconds)).toLocaleString('en');
    const { inFlight } = now.shop;
    this.log(
      `    ${Math.round(now.second)} s: ${rate('placed')} orders/s placed, ${rate('ended')}/s ended, ` +
        `${inFlight.toLocaleString('en')} in flight`,
    );
  }
}

function createCharts(samples: readonly Sample[]): Chart[] {
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
      placed: toRates(samples, ({ shop }) => shop?.placed),
      ended: toRates(samples, ({ shop }) => shop?.ended),
    }),
    chart('Queued', 'orders or messages', {
      'orders in flight': samples.map(({ shop }) => shop?.inFlight ?? null),
      ...linesByName(samples, ({ shop }) => shop?.queued ?? {}),
    }),
    chart(
      'CPU by process',
      '% of a core',
      mapLines(
        collectNames(samples, ({ cpuUs }) => cpuUs),
        (name) =>
          toRates(samples, ({ cpuUs }) => cpuUs[name]).map((rate) => rate && Math.round(rate / 100) / 100),
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
  return mapLines(collectNames(samples, of), (name) =>
    samples.map((sample) => roundedOrNull(of(sample)[name])),
  );
}

function mapLines(names: readonly string[], lineOf: (name: string) => (number | null)[]): Chart['lines'] {
  return Object.fromEntries(names.map((name) => [name, lineOf(name)]));
}

function collectNames(samples: readonly Sample[], of: (sample: Sample) => ByName): string[] {
  return [...new Set(samples.flatMap((sample) => Object.keys(of(sample))))];
}

/** Growth per second from each sample to the next; what shrinks was started anew. */
function toRates(samples: readonly Sample[], of: (sample: Sample) => number | undefined): (number | null)[] {
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
