import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure, Outcome } from './bench.js';
import { shown } from './html/markup.js';
import type { Machine } from './machine.js';

/** One run of the bench, as `latest.json` keeps it: each figure under its own key, and what explains them. */
export interface Report {
  readonly at: string;
  readonly commit: string | undefined;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly tookSeconds: number;
  /** What could not be measured here, and why. */
  readonly leftOut: readonly string[];
  readonly results: ReadonlyMap<string, Outcome>;
}

export async function writeReport(file: string, { results, ...report }: Report): Promise<void> {
  const figures = [...results.values()].flatMap((result) => result.figures.filter(isThere));
  const content = {
    ...report,
    ...Object.fromEntries(figures.map(({ key, value }) => [key, rounded(value)])),
    meanings: Object.fromEntries(
      figures.map(({ key, unit, meaning }) => [key, unit ? `${unit}: ${meaning}` : meaning]),
    ),
    scenarios: Object.fromEntries(
      [...results].map(([name, { how, rounds, charts, tookSeconds, isVoid }]) => [
        name,
        { how, tookSeconds, isVoid, rounds, charts },
      ]),
    ),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** The same for a reader: a table per scenario. */
export function describeReport(report: Report): string {
  return [
    describeMachineOf(report),
    ...caveatsOf(report),
    ...[...report.results].flatMap(([name, outcome]) => ['', ...describeOutcome(name, outcome)]),
  ].join('\n');
}

/** One line: what the figures were made on. */
export function describeMachineOf({ commit = 'unknown commit', machine }: Report): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability, system } = machine;
  return `${cores} cores, ${model}, ${memoryGb} GB, ${system}; Node.js ${node}; ${postgres} (${durability}); ${rabbitmq}; commit ${commit}`;
}

/** What a reader must know before he believes a figure. */
export function caveatsOf({ quick, machine: { loadBefore }, leftOut }: Report): string[] {
  return [
    'All servers, services and the load share these cores. Services log at level warn. Every publication is confirmed.',
    ...(loadBefore > 0.5
      ? [`The machine was busy before the run (load ${loadBefore.toFixed(1)}): expect less.`]
      : []),
    ...(quick ? ['Quick: short rounds, and few. For figures to quote run it without --quick.'] : []),
    ...leftOut.map((what) => `Left out: ${what}.`),
  ];
}

function describeOutcome(name: string, { how, figures, tookSeconds, isVoid }: Outcome): string[] {
  if (isVoid !== undefined) return [`${name}: void, after ${tookSeconds} s. ${isVoid}`];
  return [`${name}: ${how} (took ${tookSeconds} s)`, ...table(figures.filter(isThere))];
}

/** False of what could not be measured here: no process was seen, or nothing divided by nothing. */
export function isThere({ value }: Figure): boolean {
  return typeof value === 'number' ? !Number.isNaN(value) : Object.keys(value).length > 0;
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

function rounded(value: Figure['value']): Figure['value'] {
  const round = (number: number): number => Number(number.toPrecision(4));
  if (typeof value === 'number') return round(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, round(part)]));
}
