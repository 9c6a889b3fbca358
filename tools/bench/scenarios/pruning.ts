import type { Bench, ScenarioResult } from '../bench.js';
import { InvalidRunError } from '../invalid-run-error.js';
import { ExpiredRows } from '../seeding/expired-rows.js';
import { type Round, shopCpuUs, type ShopUnderLoad } from '../shop-under-load.js';
import { median } from '../statistics.js';

/** Rows per table: more than a round can prune at 500 rows per statement and a pause after each. */
const EXPIRED_ROWS = { quick: 15_000, full: 150_000 };

interface Pair {
  readonly idle: Round;
  readonly pruning: Round;
  /** During the `pruning` round. */
  readonly prunedPerSecond: number;
}

/**
 * Rounds without an expired row, in turn with rounds during which the retention jobs prune outboxes and inboxes of all
 * services. The rows outlast the round; otherwise the scenario is invalid.
 */
export async function pruning(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const [count, durationMs] = bench.quick ? [2, 1_000] : [4, 12_000];
  const expiredRows = await ExpiredRows.open(shop.databaseUrls);
  try {
    const pairs = await bench.underLoad(shop, async (target) => {
      const pairs: Pair[] = [];
      while (pairs.length < count) {
        const pair = await runPair(bench, target, expiredRows, durationMs);
        pairs.push(pair);
        const [idle, busy] = [pair.idle, pair.pruning].map(({ ordersPerSecond }) =>
          Math.round(ordersPerSecond),
        );
        bench.log(
          `  idle ${idle} orders/s; pruning ${Math.round(pair.prunedPerSecond)} rows/s, ${busy} orders/s ` +
            `(${pairs.length} of ${count})`,
        );
      }
      await target.verify();
      return pairs;
    });
    const { connections } = bench.fullLoad(durationMs);
    return {
      how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders, ${connections} connections; medians`,
      figures: toFigures(pairs),
      rounds: pairs,
    };
  } finally {
    await expiredRows.close();
  }
}

async function runPair(
  bench: Bench,
  target: ShopUnderLoad,
  expiredRows: ExpiredRows,
  durationMs: number,
): Promise<Pair> {
  const load = bench.fullLoad(durationMs);
  const idle = await target.runRound(load);
  const added = await expiredRows.add(bench.quick ? EXPIRED_ROWS.quick : EXPIRED_ROWS.full);
  await expiredRows.waitUntilFewerThan(added);
  const [startedAt, before] = [performance.now(), await expiredRows.count()];
  const round = await target.runRound(load);
  const [seconds, remaining] = [(performance.now() - startedAt) / 1000, await expiredRows.count()];
  if (remaining === 0) throw new InvalidRunError('the retention jobs pruned all rows before the round ended');
  await expiredRows.remove();
  return { idle, pruning: round, prunedPerSecond: (before - remaining) / seconds };
}

function toFigures(pairs: readonly Pair[]): ScenarioResult['figures'] {
  return [
    {
      key: 'pruned_rows_per_second',
      value: median(pairs.map(({ prunedPerSecond }) => prunedPerSecond)),
      unit: 'rows/s',
      meaning: 'deleted by the three services together, under full load',
    },
    {
      key: 'ratio_pruning',
      value: median(pairs.map(({ idle, pruning }) => pruning.ordersPerSecond / idle.ordersPerSecond)),
      unit: '',
      meaning: 'orders per second, retention jobs pruning / idle',
    },
    {
      key: 'ratio_pruning_cpu',
      value: median(pairs.map(({ idle, pruning }) => shopCpuUs(pruning) / shopCpuUs(idle))),
      unit: '',
      meaning: 'CPU per order, retention jobs pruning / idle',
    },
  ];
}
