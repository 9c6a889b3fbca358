import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure, Result } from './bench.js';
import type { Machine } from './machine.js';

/** One run of the bench, as `latest.json` keeps it: each figure under its own key, and what explains them. */
export interface Report {
  readonly at: string;
  readonly commit: string | undefined;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly results: ReadonlyMap<string, Result>;
}

export async function writeReport(file: string, { results, ...report }: Report): Promise<void> {
  const figures = [...results.values()].flatMap((result) => result.figures);
  const content = {
    ...report,
    ...Object.fromEntries(figures.map(({ key, value }) => [key, rounded(value)])),
    meanings: Object.fromEntries(
      figures.map(({ key, unit, meaning }) => [key, unit ? `${unit}: ${meaning}` : meaning]),
    ),
    scenarios: Object.fromEntries([...results].map(([name, { how, rounds }]) => [name, { how, rounds }])),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** The same for a reader: a table per scenario. */
export function describeReport({ commit = 'unknown commit', quick, machine, results }: Report): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability, loadBefore, system } = machine;
  return [
    `${cores} cores, ${model}, ${memoryGb} GB, ${system}; Node.js ${node}; ${postgres} (${durability}); ${rabbitmq}; ${commit}`,
    'All servers, services and the load share these cores. Services log at level warn. Every publication is confirmed.',
    ...(loadBefore > 0.5
      ? [`The machine was busy before the run (load ${loadBefore.toFixed(1)}): expect less.`]
      : []),
    ...(quick ? ['Quick: short rounds, and few. For figures to quote run it without --quick.'] : []),
    ...[...results].flatMap(([name, { how, figures }]) => ['', `${name}: ${how}`, ...table(figures)]),
  ].join('\n');
}

function table(figures: readonly Figure[]): string[] {
  const rows = figures.flatMap(rowsOf);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([key, value, meaning]) =>
    `  ${key.padEnd(widths[0]!)}  ${value.padStart(widths[1]!)}  ${meaning}`.trimEnd(),
  );
}

type Row = readonly [key: string, value: string, meaning: string];

function rowsOf({ key, value, addsUp = false, unit, meaning }: Figure): Row[] {
  if (typeof value === 'number') return [[key, shown(value), `${unit} ${meaning}`.trim()]];
  const parts = Object.entries(value);
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return [
    [key, addsUp ? shown(total) : '', `${unit} ${meaning}`.trim()],
    ...parts.map(([name, part]): Row => [`  ${name}`, shown(part), '']),
  ];
}

/** Three digits are more than the scatter of a run justifies, and enough to compare. */
function shown(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function rounded(value: Figure['value']): Figure['value'] {
  const round = (number: number): number => Number(number.toPrecision(4));
  if (typeof value === 'number') return round(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, round(part)]));
}
