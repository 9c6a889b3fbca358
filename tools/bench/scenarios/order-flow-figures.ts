import type { Figure } from '../bench.js';
import type { ByName } from '../measure.js';
import type { Round } from '../shop-under-load.js';
import { median, medianByKey } from '../statistics.js';

/** A round of each shop, by its name. Ours is `ours`. */
export type Rounds = Readonly<Record<string, Round>>;

/** What takes part in an order and is not the shop. */
const EXTERNAL_PROCESSES: ReadonlySet<string> = new Set(['gateway-simulator', 'load generator']);

/** What several rounds of each come to. */
export function toFigures(rounds: readonly Rounds[], rssMb: ByName): readonly Figure[] {
  const names = Object.keys(rounds[0] ?? {});
  const others = names.filter((name) => name !== 'ours');
  return [
    ...names.map((name) => rateFigure(name, rounds)),
    ...others.map((name) => ratioFigure(name, rounds)),
    ...names.flatMap((name) => cpuFigures(name, rounds)),
    {
      key: 'rss_mb',
      value: rssMb,
      isAdditive: true,
      unit: 'MB',
      meaning:
        'most resident memory of ours seen during the rounds; the servers hold that of the others, too',
    },
  ];
}

function rateFigure(name: string, rounds: readonly Rounds[]): Figure {
  return {
    key: figureKey(name, 'orders_per_second'),
    value: median(rounds.map((round) => round[name]!.ordersPerSecond)),
    unit: 'orders/s',
    meaning: 'from the first POST to the completion of the last order',
  };
}

/** The median of the rounds' own ratios: what slows the machine down for a while then slows down both. */
function ratioFigure(name: string, rounds: readonly Rounds[]): Figure {
  return {
    key: `ratio_${name}`,
    value: median(rounds.map(({ ours, [name]: other }) => ours!.ordersPerSecond / other!.ordersPerSecond)),
    unit: '',
    meaning: `orders per second, ours / ${name}`,
  };
}

function cpuFigures(name: string, rounds: readonly Rounds[]): Figure[] {
  const all = Object.entries(medianByKey(rounds.map((round) => round[name]!.cpuUsPerOrder)));
  const isOutside = ([process]: [string, number]): boolean => EXTERNAL_PROCESSES.has(process);
  return [
    {
      key: figureKey(name, 'cpu_us_per_order'),
      value: Object.fromEntries(all.filter((entry) => !isOutside(entry))),
      isAdditive: true,
      unit: 'µs',
      meaning: 'CPU, user and system, that one order costs in each process; postgres with all its backends',
    },
    {
      key: figureKey(name, 'external_cpu_us_per_order'),
      value: Object.fromEntries(all.filter(isOutside)),
      isAdditive: true,
      unit: 'µs',
      meaning: 'the same of what is not the shop: the payment gateway, and the load',
    },
  ];
}

/** The key of a figure that every shop has: ours under its own name, the others with theirs before it. */
export function figureKey(name: string, key: string): string {
  return name === 'ours' ? key : `${name}_${key}`;
}
