import type { Bench, ScenarioResult } from '../bench.js';
import { cpuCost, type FlowMeasurement, measureFlow } from '../flow.js';
import { InvalidRunError } from '../invalid-run-error.js';
import { ExpiredRows } from '../seeding/expired-rows.js';
import { median } from '../statistics.js';

/** Per table, more than can be pruned in a round: a page of 500 rows at a time, and a rest after each. */
const EXPIRED_ROWS = { quick: 15_000, full: 150_000 };

interface Round {
  readonly idle: FlowMeasurement;
  readonly pruning: FlowMeasurement;
  /** While the orders of the busy half went through. */
  readonly prunedPerSecond: number;
}

/**
 * What housekeeping takes from the orders: rounds without an old row, and rounds in which outboxes and inboxes of all
 * services hold more of them than can be pruned meanwhile, in turn.
 */
export async function pruning(bench: Bench): Promise<ScenarioResult> {
  const shop = await bench.shop();
  const { connections, quick } = bench;
  const [count, durationMs] = quick ? [2, 1_000] : [4, 12_000];
  const oldRows = await ExpiredRows.open(shop.databaseUrls);
  const measure = (): Promise<FlowMeasurement> => measureFlow(shop, { connections, durationMs });
  const rounds: Round[] = [];
  try {
    while (rounds.length < count) {
      const idle = await measure();
      const before = await oldRows.add(quick ? EXPIRED_ROWS.quick : EXPIRED_ROWS.full);
      await oldRows.waitUntilFewerThan(before);
      const [startedAt, atStart] = [performance.now(), await oldRows.count()];
      const busy = await measure();
      const [seconds, remaining] = [(performance.now() - startedAt) / 1000, await oldRows.count()];
      if (remaining === 0) throw new InvalidRunError('Housekeeping was done before the round was over.');
      await oldRows.remove();
      const prunedPerSecond = (atStart - remaining) / seconds;
      rounds.push({ idle, pruning: busy, prunedPerSecond });
      bench.log(
        `  idle ${Math.round(idle.ordersPerSecond)} orders/s, pruning ${Math.round(prunedPerSecond)} rows/s ` +
          `${Math.round(busy.ordersPerSecond)} orders/s (${rounds.length} of ${count})`,
      );
    }
  } finally {
    await oldRows.close();
  }
  await shop.verify();
  return {
    how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections; medians`,
    figures: toFigures(rounds),
    rounds,
  };
}

function toFigures(rounds: readonly Round[]): ScenarioResult['figures'] {
  return [
    {
      key: 'pruned_rows_per_second',
      value: median(rounds.map(({ prunedPerSecond }) => prunedPerSecond)),
      unit: 'rows/s',
      meaning: 'deleted by the three services together, under full load',
    },
    {
      key: 'ratio_pruning',
      value: median(rounds.map(({ idle, pruning }) => pruning.ordersPerSecond / idle.ordersPerSecond)),
      unit: '',
      meaning: 'orders per second with housekeeping busy / idle',
    },
    {
      key: 'ratio_pruning_cpu',
      value: median(rounds.map(({ idle, pruning }) => cpuCost(pruning) / cpuCost(idle))),
      unit: '',
      meaning: 'CPU per order with housekeeping busy / idle',
    },
  ];
}
