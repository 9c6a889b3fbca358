import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure, Outcome } from './bench.js';
import { shown } from './html/markup.js';
import type { Machine } from './machine.js';

/** The run that measured a scenario. */
export interface Origin {
  /** When it ended. */
  readonly at: string;
  readonly commit?: string | undefined;
  readonly command: string;
  /** See {@link Machine}. */
  readonly loadBefore: number;
  /** What could not be measured then, and why. */
  readonly leftOut: readonly string[];
}

export type Found = Origin & Outcome;

/** The last run of the bench, and what stays of those before it. */
export interface Report {
  readonly at: string;
  readonly commit: string | undefined;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly tookSeconds: number;
  /** What could not be measured here, and why. */
  readonly leftOut: readonly string[];
  /** By the scenario's name. */
  readonly results: ReadonlyMap<string, Found>;
}

/** Of `latest.json`; that of another number is not read. */
export const FORMAT = 2;

/** Writes `latest.json`: each figure under its own key, for whoever wants it, and by scenario all that there is. */
export async function writeReport(file: string, { results, ...report }: Report): Promise<void> {
  const scenarios = [...results].map(([name, found]) => [
    name,
    { ...found, figures: found.figures.filter(isThere) },
  ]) satisfies [string, Found][];
  const figures = scenarios.flatMap(([, found]) => found.figures);
  const content = {
    format: FORMAT,
    ...report,
    ...Object.fromEntries(figures.map(({ key, value }) => [key, rounded(value)])),
    meanings: Object.fromEntries(
      figures.map(({ key, unit, meaning }) => [key, unit ? `${unit}: ${meaning}` : meaning]),
    ),
    scenarios: Object.fromEntries(scenarios),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** What {@link writeReport} has written; undefined when there is nothing that this version can read. */
export async function readReport(file: string): Promise<Report | undefined> {
  try {
    const content = JSON.parse(await readFile(file, 'utf8')) as Content;
    const { format, at, commit, quick, machine, tookSeconds, leftOut, scenarios } = content;
    const results = new Map(Object.entries(scenarios));
    return format === FORMAT ? { at, commit, quick, machine, tookSeconds, leftOut, results } : undefined;
  } catch {
    return undefined;
  }
}

type Content = Omit<Report, 'results'> & {
  readonly format: number;
  readonly scenarios: Readonly<Record<string, Found>>;
};

/** The same for a reader: a table per scenario. */
export function describeReport(report: Report): string {
  return [
    describeMachineOf(report),
    ...caveatsOf(report),
    ...[...report.results].flatMap(([name, found]) => [
      '',
      ...describeOutcome(name, found, originOf(report, found)),
    ]),
  ].join('\n');
}

/** One line: what the figures were made on. */
export function describeMachineOf({ commit, machine, results }: Report): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability, system } = machine;
  return `${cores} cores, ${model}, ${memoryGb} GB, ${system}; Node.js ${node}; ${postgres} (${durability}); ${rabbitmq}; ${isOfSeveralRuns(results) ? 'several runs' : describeCommit(commit)}`;
}

/** Which run a scenario is from, when not all are from the same; empty otherwise. */
export function originOf({ results }: Report, { at, commit }: Origin): string {
  return isOfSeveralRuns(results) ? `${describeCommit(commit)}, ${at.slice(0, 16).replace('T', ' ')}` : '';
}

function isOfSeveralRuns(results: Report['results']): boolean {
  return new Set([...results.values()].map(({ at }) => at)).size > 1;
}

function describeCommit(commit: string | undefined): string {
  return commit === undefined ? 'unknown commit' : `commit ${commit}`;
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

function describeOutcome(name: string, found: Outcome, origin: string): string[] {
  const { how, figures, tookSeconds, isVoid } = found;
  const from = origin && `; ${origin}`;
  if (isVoid !== undefined) return [`${name}: void, after ${tookSeconds} s${from}. ${isVoid}`];
  return [`${name}: ${how} (took ${tookSeconds} s${from})`, ...table(figures.filter(isThere))];
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
