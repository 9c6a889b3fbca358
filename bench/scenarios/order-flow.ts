import type { Bench, Result } from '../bench.js';
import { closedLoop } from '../load.js';
import { type ByName, cpuPer, cpuUsed, MemoryWatch } from '../measure.js';
import type { Shop } from '../shop.js';
import { median, medianByKey } from '../statistics.js';

interface Round {
  readonly orders: number;
  readonly ordersPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly cpuUsPerOrder: ByName;
}

/** Orders as fast as the shop takes them, each of two lines, approved and in stock: from the POST to `completed`. */
export async function orderFlow(bench: Bench): Promise<Result> {
  const { connections, quick } = bench;
  const shop = await bench.shop();
  const [count, durationMs] = quick ? [3, 8_000] : [5, 20_000];
  const memory = new MemoryWatch(shop.measured);
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const round = await measureRound(shop, { connections, durationMs });
    rounds.push(round);
    bench.say(`  ${Math.round(round.ordersPerSecond)} orders/s (${rounds.length} of ${count})`);
  }
  const rssMb = memory.stop();
  await shop.prove();
  return {
    how: `${count} rounds of ${durationMs / 1000} s of orders over ${connections} connections in a closed loop; medians`,
    figures: [
      ...figuresOf(rounds, rssMb),
      {
        key: 'messages_per_transaction',
        value: await shop.messagesPerTransaction(),
        unit: '',
        meaning: 'that arrived together and were handled together, on average, by consumer',
      },
    ],
    rounds,
  };
}

/** Places orders for `durationMs` and waits for the end of the last one. */
export async function measureRound(
  shop: Shop,
  load: { readonly connections: number; readonly durationMs: number },
): Promise<Round> {
  const cpuBefore = cpuUsed(shop.measured);
  const startedAt = performance.now();
  const accepted = await closedLoop(shop.orderUrl, load);
  const acceptedAt = performance.now();
  await shop.allEnded();
  const endedAt = performance.now();
  const cpuUsPerOrder = cpuPer(accepted.length, cpuBefore, cpuUsed(shop.measured));
  shop.remember(accepted);
  return {
    orders: accepted.length,
    ordersPerSecond: (1000 * accepted.length) / (endedAt - startedAt),
    acceptedPerSecond: (1000 * accepted.length) / (acceptedAt - startedAt),
    cpuUsPerOrder,
  };
}

function figuresOf(rounds: readonly Round[], rssMb: ByName): Result['figures'] {
  const cpuUsPerOrder = medianByKey(rounds.map((round) => round.cpuUsPerOrder));
  return [
    {
      key: 'orders_per_second',
      value: median(rounds.map((round) => round.ordersPerSecond)),
      unit: 'orders/s',
      meaning: 'from the first POST to the end of the last order',
    },
    {
      key: 'orders_accepted_per_second',
      value: median(rounds.map((round) => round.acceptedPerSecond)),
      unit: 'orders/s',
      meaning: 'answered with 202 while the load lasted',
    },
    {
      key: 'cpu_us_per_order',
      value: cpuUsPerOrder,
      addsUp: true,
      unit: 'µs',
      meaning: 'CPU, user and system, that one order costs in each process; postgres with all its backends',
    },
    {
      key: 'rss_mb',
      value: rssMb,
      addsUp: true,
      unit: 'MB',
      meaning: 'most resident memory seen during the rounds',
    },
  ];
}
