import type { Infrastructure } from '../stack/infrastructure.js';
import { Shop } from './shop.js';

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
}

/** What scenarios work with: the servers, the shop, and what was found before them. */
export class Bench {
  /** By the scenario's name. */
  readonly results = new Map<string, Result>();
  private running: Promise<Shop> | undefined;

  constructor(
    readonly infrastructure: Infrastructure,
    readonly quick: boolean,
    /** Tells the reader what is going on, a line at a time. */
    readonly say: (line: string) => void,
  ) {}

  /** Connections of a closed loop. */
  readonly connections = 64;

  /** The shop, started and warmed up when a scenario first asks for it, and shared by those that follow. */
  shop(): Promise<Shop> {
    return (this.running ??= this.startShop());
  }

  async run(name: string, scenario: (bench: Bench) => Promise<Result>): Promise<void> {
    this.say(name);
    this.results.set(name, await scenario(this));
  }

  /** A number that an earlier scenario found. */
  found(key: string): number | undefined {
    const figures = [...this.results.values()].flatMap((result) => result.figures);
    const value = figures.find((figure) => figure.key === key)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  /** For scenarios that measure something else; idle, too, the shop costs some CPU. */
  async closeShop(): Promise<void> {
    const shop = await this.running;
    this.running = undefined;
    await shop?.stop();
  }

  private async startShop(): Promise<Shop> {
    const shop = await Shop.start(this.infrastructure);
    this.say('the shop runs; warming up');
    await shop.warmUp(this.connections, this.quick ? 10_000 : 30_000);
    return shop;
  }
}
