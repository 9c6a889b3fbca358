import type { Bench, Result } from '../bench.js';
import { costOf, type Flow, measureFlow } from '../flow.js';
import { RunVoid } from '../run-void.js';
import { OldRows } from '../seeding/old-rows.js';
import { median } from '../statistics.js';

/** Per table, more than can be pruned in a round: a page of 500 rows at a time, and a rest after each. */
const OLD_ROWS = { quick: 15_000, full: 150_000 };

interface Round {
  readonly idle: Flow;
  readonly busy: Flow;
  /** While the orders of the busy half went through. */
  readonly prunedPerSecond: number;
}

/**
 * What housekeeping takes from the orders: rounds without an old row, and rounds in which outboxes and inboxes of all
 * services hold more of them than can be pruned meanwhile, in turn.
 */
export async function pruning(bench: Bench): Promise<Result> {
  const shop = await bench.shop();
  const { connections, quick } = bench;
  const [count, durationMs] = quick ? [2, 1_000] : [4, 12_000];
  const oldRows = await OldRows.open(shop.databaseUrls);
  const measure = (): Promise<Flow> => measureFlow(shop, { connections, durationMs });
  const rounds: Round[] = [];
  try {
    while (rounds.length < count) {
      const idle = await measure();
      const before = await oldRows.add(quick ? OLD_ROWS.quick : OLD_ROWS.full);
      await oldRows.fewerThan(before);
      const [startedAt, atStart] = [performance.now(), await oldRows.count()];
      const busy = await measure();
      const [seconds, left] = [(performance.now() - startedAt) / 1000, await oldRows.count()];
      if (left === 0) throw new RunVoid('Housekeeping was done before the round was over.');
      await oldRows.remove();
      const prunedPerSecond = (atStart - left) / seconds;
      rounds.push({ idle, busy, prunedPerSecond });
      bench.say(
        `  idle ${Math.round(idle.ordersPerSecond)} orders/s, pruning ${Math.round(prunedPerSecond)} rows/s ` +
          `${Math.round(busy.ordersPerSecond)} orders/s (${rounds.length} of ${count})`,
      );
    }
  } finally {
    await oldRows.close();
  }
  await shop.prove();
  return {
    how: `${count} rounds of each, in turn: ${durationMs / 1000} s of orders over ${connections} connections; medians`,
    figures: figuresOf(rounds),
    rounds,
  };
}

function figuresOf(rounds: readonly Round[]): Result['figures'] {
  return [
    {
      key: 'pruned_rows_per_second',
      value: median(rounds.map(({ prunedPerSecond }) => prunedPerSecond)),
      unit: 'rows/s',
      meaning: 'deleted by the three services together, under full load',
    },
    {
      key: 'ratio_pruning',
      value: median(rounds.map(({ idle, busy }) => busy.ordersPerSecond / idle.ordersPerSecond)),
      unit: '',
      meaning: 'orders per second with housekeeping busy / idle',
    },
    {
      key: 'ratio_pruning_cost',
      value: median(rounds.map(({ idle, busy }) => costOf(busy) / costOf(idle))),
      unit: '',
      meaning: 'CPU per order with housekeeping busy / idle',
    },
  ];
}
