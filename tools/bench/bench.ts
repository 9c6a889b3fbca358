import type { LocalServers } from '../local/servers.js';
import type { Chart } from './chart.js';
import { canMeasureProcesses } from './measure.js';
import { InvalidRunError } from './invalid-run-error.js';
import { BenchShop } from './bench-shop.js';
import { Timeline } from './timeline.js';

/** One thing that was measured: a number, or a number per process or consumer. `latest.json` has it under `key`. */
export interface Figure {
  readonly key: string;
  readonly value: number | Readonly<Record<string, number>>;
  /** Whether the numbers of all processes add up to something. */
  readonly isAdditive?: boolean;
  readonly unit: string;
  /** What it counts, from when to when. */
  readonly meaning: string;
}

export interface ScenarioResult {
  /** How it was measured: how many rounds of what. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** Every round, for whoever wants to know how far they are apart. */
  readonly rounds: readonly object[];
  /** Beside those that every scenario has. */
  readonly charts?: readonly Chart[];
}

/** What came of a scenario. */
export interface ScenarioOutcome extends ScenarioResult {
  readonly durationSeconds: number;
  readonly charts: readonly Chart[];
  /** Why nothing of it counts, if so. */
  readonly invalidReason?: string;
}

/** What scenarios work with: the servers, the shop, and what was found before them. */
export class Bench {
  /** By the scenario's name. */
  readonly results = new Map<string, ScenarioOutcome>();
  /** What this run leaves out, and why. */
  readonly notMeasured: string[] = [];
  private runningShop: Promise<BenchShop> | undefined;
  private timeline: Timeline | undefined;

  constructor(
    readonly infrastructure: LocalServers,
    readonly quick: boolean,
    /** Tells the reader what is going on, a line at a time. */
    readonly log: (line: string) => void,
  ) {
    const servers = { PostgreSQL: infrastructure.postgres.kind, RabbitMQ: infrastructure.rabbitmq.kind };
    if (!canMeasureProcesses)
      this.reportNotMeasured(
        'CPU and memory by process, and growth, which needs CPU: there is no /proc here',
      );
    for (const [name, kind] of Object.entries(servers))
      if (kind !== 'local')
        this.reportNotMeasured(`CPU and memory of ${name}: it is not a process of this run (${kind})`);
  }

  /** Connections of a closed loop. */
  readonly connections = 64;

  /** The shop, started and warmed up when a scenario first asks for it, and shared by those that follow. */
  shop(): Promise<BenchShop> {
    return (this.runningShop ??= this.startShop());
  }

  /** A shop without the orders of earlier scenarios. */
  async newShop(): Promise<BenchShop> {
    await this.closeShop();
    return this.shop();
  }

  /** Runs a scenario. One that fails leaves a result that says so, and the next begins with a new shop. */
  async run(name: string, scenario: (bench: Bench) => Promise<ScenarioResult>): Promise<void> {
    this.log(name);
    const startedAt = performance.now();
    const timeline = (this.timeline = new Timeline(this.log));
    if (this.runningShop) await timeline.attach(await this.runningShop);
    const result = await scenario(this).catch(async (error: unknown) => {
      await timeline.attach(undefined);
      await this.closeShop();
      return toInvalidResult(error);
    });
    const charts = [...(result.charts ?? []), ...(await timeline.stop())];
    this.timeline = undefined;
    const durationSeconds = Math.round((performance.now() - startedAt) / 1000);
    this.results.set(name, { ...result, charts, durationSeconds });
    if ('invalidReason' in result) this.log(`  ${name} is invalid: ${result.invalidReason}`);
    this.log(`  ${name} took ${durationSeconds} s`);
  }

  /** A number that an earlier scenario found. */
  figure(key: string): number | undefined {
    const figures = [...this.results.values()].flatMap((result) => result.figures);
    const value = figures.find((figure) => figure.key === key)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  /** Said once, however many scenarios leave it out. */
  reportNotMeasured(what: string): void {
    if (this.notMeasured.includes(what)) return;
    this.log(`not measured: ${what}`);
    this.notMeasured.push(what);
  }

  /** For scenarios that measure something else; idle, too, the shop costs some CPU. */
  async closeShop(): Promise<void> {
    const running = this.runningShop;
    this.runningShop = undefined;
    const shop = await running?.catch(() => undefined); // whoever asked for it was told
    if (!shop) return;
    await this.timeline?.attach(undefined);
    await shop.stop();
  }

  private async startShop(): Promise<BenchShop> {
    const shop = await BenchShop.start(this.infrastructure);
    await this.timeline?.attach(shop);
    this.log('  the shop runs; warming up');
    await shop.warmUp(this.connections, this.quick ? 1_500 : 30_000);
    return shop;
  }
}

function toInvalidResult(error: unknown): ScenarioResult & { readonly invalidReason: string } {
  const invalidReason =
    error instanceof InvalidRunError ? error.message : ((error as Error).stack ?? String(error));
  return { how: 'nothing of it counts', figures: [], rounds: [], invalidReason };
}
