import type { Infrastructure } from '../local/servers.js';
import type { Chart } from './chart.js';
import { canMeasureProcesses } from './measure.js';
import { RunVoid } from './run-void.js';
import { Shop } from './shop.js';
import { Timeline } from './timeline.js';

/** One thing that was measured: a number, or a number per process or consumer. `latest.json` has it under `key`. */
export interface Figure {
  readonly key: string;
  readonly value: number | Readonly<Record<string, number>>;
  /** Whether the numbers of all processes add up to something. */
  readonly addsUp?: boolean;
  readonly unit: string;
  /** What it counts, from when to when. */
  readonly meaning: string;
}

export interface Result {
  /** How it was measured: how many rounds of what. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** Every round, for whoever wants to know how far they are apart. */
  readonly rounds: readonly object[];
  /** Beside those that every scenario has. */
  readonly charts?: readonly Chart[];
}

/** What came of a scenario. */
export interface Outcome extends Result {
  readonly tookSeconds: number;
  readonly charts: readonly Chart[];
  /** Why nothing of it counts, if so. */
  readonly isVoid?: string;
}

/** What scenarios work with: the servers, the shop, and what was found before them. */
export class Bench {
  /** By the scenario's name. */
  readonly results = new Map<string, Outcome>();
  /** What this run leaves out, and why. */
  readonly leftOut: string[] = [];
  private running: Promise<Shop> | undefined;
  private timeline: Timeline | undefined;

  constructor(
    readonly infrastructure: Infrastructure,
    readonly quick: boolean,
    /** Tells the reader what is going on, a line at a time. */
    readonly say: (line: string) => void,
  ) {
    const servers = { PostgreSQL: infrastructure.postgres.kind, RabbitMQ: infrastructure.rabbitmq.kind };
    if (!canMeasureProcesses)
      this.leaveOut(
        'CPU and memory by process, and profile and growth, which need CPU: there is no /proc here',
      );
    for (const [name, kind] of Object.entries(servers))
      if (kind !== 'private')
        this.leaveOut(`CPU and memory of ${name}: it is not a process of this run (${kind})`);
  }

  /** Connections of a closed loop. */
  readonly connections = 64;

  /** The shop, started and warmed up when a scenario first asks for it, and shared by those that follow. */
  shop(): Promise<Shop> {
    return (this.running ??= this.startShop());
  }

  /** A shop without the orders of earlier scenarios. */
  async newShop(): Promise<Shop> {
    await this.closeShop();
    return this.shop();
  }

  /** Runs a scenario. One that fails leaves a result that says so, and the next begins with a new shop. */
  async run(name: string, scenario: (bench: Bench) => Promise<Result>): Promise<void> {
    this.say(name);
    const startedAt = performance.now();
    const timeline = (this.timeline = new Timeline(this.say));
    if (this.running) await timeline.follow(await this.running);
    const result = await scenario(this).catch(async (error: unknown) => {
      await timeline.follow(undefined);
      await this.closeShop();
      return failed(error);
    });
    const charts = [...(result.charts ?? []), ...(await timeline.stop())];
    this.timeline = undefined;
    const tookSeconds = Math.round((performance.now() - startedAt) / 1000);
    this.results.set(name, { ...result, charts, tookSeconds });
    if ('isVoid' in result) this.say(`  ${name} is void: ${result.isVoid}`);
    this.say(`  ${name} took ${tookSeconds} s`);
  }

  /** A number that an earlier scenario found. */
  found(key: string): number | undefined {
    const figures = [...this.results.values()].flatMap((result) => result.figures);
    const value = figures.find((figure) => figure.key === key)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  /** Said once, however many scenarios leave it out. */
  leaveOut(what: string): void {
    if (this.leftOut.includes(what)) return;
    this.say(`left out: ${what}`);
    this.leftOut.push(what);
  }

  /** For scenarios that measure something else; idle, too, the shop costs some CPU. */
  async closeShop(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    const shop = await running?.catch(() => undefined); // whoever asked for it was told
    if (!shop) return;
    await this.timeline?.follow(undefined);
    await shop.stop();
  }

  private async startShop(): Promise<Shop> {
    const shop = await Shop.start(this.infrastructure);
    await this.timeline?.follow(shop);
    this.say('  the shop runs; warming up');
    await shop.warmUp(this.connections, this.quick ? 1_500 : 30_000);
    return shop;
  }
}

function failed(error: unknown): Result & { readonly isVoid: string } {
  const isVoid = error instanceof RunVoid ? error.message : ((error as Error).stack ?? String(error));
  return { how: 'nothing of it counts', figures: [], rounds: [], isVoid };
}
