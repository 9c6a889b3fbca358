import type { LocalServers } from '../local/servers.js';
import { BenchShop } from './bench-shop.js';
import { InvalidRunError } from './invalid-run-error.js';
import { canMeasureProcesses } from './measure.js';
import { type LoadOptions, ShopUnderLoad } from './shop-under-load.js';

/** A measured value: one number, or one per process or consumer. Its key in `latest.json` is `key`. */
export interface Figure {
  readonly key: string;
  readonly value: number | Readonly<Record<string, number>>;
  /** Whether the sum of a figure's numbers is meaningful. Default: false. */
  readonly isAdditive?: boolean;
  readonly unit: string;
  /** The quantity, and its start and end. */
  readonly meaning: string;
}

export interface ScenarioResult {
  /** The method: number, length and kind of rounds. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** Every round, to show the scatter. */
  readonly rounds: readonly object[];
}

export interface ScenarioOutcome extends ScenarioResult {
  readonly durationSeconds: number;
  /** The reason when the scenario is invalid; it then has no figures. */
  readonly invalidReason?: string;
}

export interface BenchOptions {
  readonly infrastructure: LocalServers;
  /** Names of the servers' processes that `listServerProcesses` finds. */
  readonly measuredServers: readonly string[];
  /** Short rounds, and few of them. */
  readonly quick: boolean;
  /** The folder of another checkout whose shop `order-flow` measures in turn. */
  readonly against: string | undefined;
  /** Share of the orders of this checkout's shop whose trace is exported, in percent. */
  readonly tracePercent: number | undefined;
  /** Receives progress, one line at a time. */
  readonly log: (line: string) => void;
}

/** The context of a run: the servers, the shop that scenarios share, and the results of earlier scenarios. */
export class Bench {
  /** By the scenario's name. */
  readonly results = new Map<string, ScenarioOutcome>();
  /** Quantities that this run omits, with the reason. */
  readonly notMeasured: string[] = [];
  readonly infrastructure: LocalServers;
  readonly quick: boolean;
  readonly against: string | undefined;
  private readonly tracePercent: number | undefined;
  readonly log: (line: string) => void;
  private runningShop: Promise<BenchShop> | undefined;

  constructor({ infrastructure, measuredServers, quick, against, tracePercent, log }: BenchOptions) {
    this.infrastructure = infrastructure;
    this.quick = quick;
    this.against = against;
    this.tracePercent = tracePercent;
    this.log = log;
    const { postgres, rabbitmq } = infrastructure;
    const servers = [
      ['postgres', 'PostgreSQL', postgres.kind],
      ['rabbitmq', 'RabbitMQ', rabbitmq.kind],
    ] as const;
    if (!canMeasureProcesses)
      this.reportNotMeasured(
        'CPU and memory by process, and growth, which needs CPU: this system has no /proc',
      );
    for (const [process, name, kind] of servers)
      if (!measuredServers.includes(process))
        this.reportNotMeasured(`CPU and memory of ${name}: the server is ${kind}`);
  }

  /** A closed loop that saturates a shop for `durationMs` without flooding its queues. */
  fullLoad(durationMs: number): LoadOptions {
    return { connections: 64, inFlightMax: this.quick ? 250 : 500, durationMs };
  }

  /** The shared shop: the first call starts it and warms it up. */
  shop(): Promise<BenchShop> {
    return (this.runningShop ??= this.startShop());
  }

  /** A new shop, without the orders of earlier scenarios. */
  async newShop(): Promise<BenchShop> {
    await this.closeShop();
    return this.shop();
  }

  /** Passes the shop to `work`, ready for load. */
  async underLoad<Result>(
    shop: BenchShop,
    work: (target: ShopUnderLoad) => Promise<Result>,
  ): Promise<Result> {
    const target = await ShopUnderLoad.open('ours', shop, this.log);
    try {
      return await work(target);
    } finally {
      await target.close();
    }
  }

  /** Runs a scenario. When it throws, its outcome has an `invalidReason` and the next scenario gets a new shop. */
  async run(name: string, scenario: (bench: Bench) => Promise<ScenarioResult>): Promise<void> {
    this.log(name);
    const startedAt = performance.now();
    const result = await scenario(this).catch(async (error: unknown) => {
      await this.closeShop();
      return toInvalidResult(error);
    });
    const durationSeconds = Math.round((performance.now() - startedAt) / 1000);
    this.results.set(name, { ...result, durationSeconds });
    if ('invalidReason' in result) this.log(`  ${name} is invalid: ${result.invalidReason}`);
    this.log(`  ${name} took ${durationSeconds} s`);
  }

  /** The number under this key in an earlier scenario's figures, if any. */
  figure(key: string): number | undefined {
    const figures = [...this.results.values()].flatMap((result) => result.figures);
    const value = figures.find((figure) => figure.key === key)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  /** Records an omitted quantity with its reason; repeated calls with the same text have no effect. */
  reportNotMeasured(omission: string): void {
    if (this.notMeasured.includes(omission)) return;
    this.log(`not measured: ${omission}`);
    this.notMeasured.push(omission);
  }

  /** Stops the shared shop, if it runs: an idle shop uses CPU too. */
  async closeShop(): Promise<void> {
    const running = this.runningShop;
    this.runningShop = undefined;
    const shop = await running?.catch(() => undefined); // the caller of shop() received the error
    await shop?.stop();
  }

  private async startShop(): Promise<BenchShop> {
    const shop = await BenchShop.start(this.infrastructure, 'bench', this.tracePercent);
    this.log('  the shop is ready; warm-up');
    await this.underLoad(shop, (target) => target.runRound(this.fullLoad(this.quick ? 1_500 : 30_000)));
    return shop;
  }
}

function toInvalidResult(error: unknown): ScenarioResult & { readonly invalidReason: string } {
  const invalidReason =
    error instanceof InvalidRunError ? error.message : ((error as Error).stack ?? String(error));
  return { how: 'invalid', figures: [], rounds: [], invalidReason };
}
