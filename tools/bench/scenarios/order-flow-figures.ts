import type { Figure } from '../bench.js';
import type { ByName } from '../measure.js';
import { isExternalProcess, type Round } from '../shop-under-load.js';
import { median, medianByKey } from '../statistics.js';

/** One round of each shop, by its name. This project's is `ours`. */
export type Rounds = Readonly<Record<string, Round>>;

export function toFigures(rounds: readonly Rounds[], rssMb: ByName): readonly Figure[] {
  const names = Object.keys(rounds[0] ?? {});
  const compared = names.filter((name) => name !== 'ours');
  return [
    ...names.map((name) => rateFigure(name, rounds)),
    ...compared.map((name) => ratioFigure(name, rounds)),
    ...names.flatMap((name) => cpuFigures(name, rounds)),
    {
      key: 'rss_mb',
      value: rssMb,
      isAdditive: true,
      unit: 'MB',
      meaning: 'peak resident memory during the rounds; the servers hold the data of all shops',
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

/** The median of the ratios per round: when the machine slows down, it slows both sides of a ratio. */
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
  return [
    {
      key: figureKey(name, 'cpu_us_per_order'),
      value: Object.fromEntries(all.filter(([process]) => !isExternalProcess(process))),
      isAdditive: true,
      unit: 'µs',
      meaning: 'CPU, user and system, per order in each process; postgres with all its backends',
    },
    {
      key: figureKey(name, 'external_cpu_us_per_order'),
      value: Object.fromEntries(all.filter(([process]) => isExternalProcess(process))),
      isAdditive: true,
      unit: 'µs',
      meaning: 'CPU per order of the payment gateway and the load generator',
    },
  ];
}

/** The key of a figure that every shop has: without a prefix for `ours`, with the shop's name otherwise. */
export function figureKey(name: string, key: string): string {
  return name === 'ours' ? key : `${name}_${key}`;
}
