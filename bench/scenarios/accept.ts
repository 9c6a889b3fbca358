import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Result } from '../bench.js';
import { percentileChart } from '../chart.js';
import { type Accepted, openLoop } from '../load.js';
import type { Shop } from '../shop.js';
import { percentile } from '../statistics.js';
import { topRate } from './order-flow.js';

const CONNECTIONS_MAX = 256;
const LOOK_EVERY_MS = 5;
/** Ids asked about at once: in a shop that keeps up there are fewer. */
const LOOKED_AT_MAX = 500;

/** How long a shopper waits at half of what the shop can take: for the answer, and for the order's completion. */
export async function accept(bench: Bench): Promise<Result> {
  const shop = await bench.shop();
  const ratePerSecond = Math.max(1, Math.floor((await rateOf(bench, shop)) / 2));
  bench.say(`  ${ratePerSecond} orders/s`);
  const durationMs = bench.quick ? 8_000 : 60_000;
  const completions = new Completions(shop);
  const accepted = await openLoop(shop.orderUrl, {
    ratePerSecond,
    durationMs,
    connectionsMax: CONNECTIONS_MAX,
    onAccepted: (order) => completions.expect(order),
  });
  await completions.all();
  shop.remember(accepted);
  await shop.prove();
  const acceptMs = accepted.map(({ sentAt, answeredAt }) => answeredAt - sentAt);
  return {
    how: `${accepted.length} orders at a constant ${ratePerSecond} orders/s, half of the top rate, in an open loop`,
    figures: [
      { key: 'accept_rate', value: ratePerSecond, unit: 'orders/s', meaning: 'the rate of the load' },
      ...figuresOf('accept', acceptMs, 'from when the POST was due to its 202'),
      ...figuresOf(
        'completed',
        completions.latenciesMs,
        'from when the POST was due to the order seen completed',
      ),
    ],
    rounds: [],
    charts: [
      percentileChart('How long a shopper waits', 'ms', {
        'for the answer': acceptMs,
        'for the completion': completions.latenciesMs,
      }),
    ],
  };
}

async function rateOf(bench: Bench, shop: Shop): Promise<number> {
  const found = bench.found('orders_per_second');
  if (found !== undefined) return found;
  bench.say('  finding the top rate');
  const { connections } = bench;
  return topRate(shop, { connections, durationMs: 8_000 });
}

function figuresOf(name: string, latenciesMs: readonly number[], meaning: string): Result['figures'] {
  return [50, 99].map((percent) => ({
    key: `${name}_p${percent}_ms`,
    value: percentile(latenciesMs, percent),
    unit: 'ms',
    meaning,
  }));
}

/** Sees when orders are completed, for all to see, by asking the database every 5 ms: a latency is at most so much too long. */
class Completions {
  readonly latenciesMs: number[] = [];
  private readonly awaited = new Map<string, number>();
  private readonly watching: Promise<void>;
  private lastOneExpected = false;

  constructor(private readonly shop: Shop) {
    this.watching = this.watch();
    this.watching.catch(() => {}); // told to whoever waits for `all`
  }

  expect({ id, sentAt }: Accepted): void {
    this.awaited.set(id, sentAt);
  }

  async all(): Promise<void> {
    this.lastOneExpected = true;
    await this.shop.allEnded();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.lastOneExpected || this.awaited.size > 0) {
      for (const id of await this.shop.completedOf([...this.awaited.keys()].slice(0, LOOKED_AT_MAX))) {
        this.latenciesMs.push(performance.now() - (this.awaited.get(id) ?? NaN));
        this.awaited.delete(id);
      }
      await delay(LOOK_EVERY_MS);
    }
  }
}
