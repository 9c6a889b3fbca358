import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure, ScenarioOutcome } from './bench.js';
import { formatNumber } from './html/markup.js';
import type { Machine } from './machine.js';

/** The run that measured a scenario. */
export interface RunInfo {
  /** When it ended. */
  readonly at: string;
  readonly commit?: string | undefined;
  readonly command: string;
  /** See {@link Machine}. */
  readonly loadAverage: number;
  /** What could not be measured then, and why. */
  readonly notMeasured: readonly string[];
}

export type ScenarioReport = RunInfo & ScenarioOutcome;

/** The last run of the bench, and what stays of those before it. */
export interface Report {
  readonly at: string;
  readonly commit: string | undefined;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly durationSeconds: number;
  /** What could not be measured here, and why. */
  readonly notMeasured: readonly string[];
  /** By the scenario's name. */
  readonly results: ReadonlyMap<string, ScenarioReport>;
}

/** Of `latest.json`; that of another number is not read. */
const FORMAT = 3;

/** Writes `latest.json`: each figure under its own key, for whoever wants it, and by scenario all that there is. */
export async function writeReport(file: string, { results, ...report }: Report): Promise<void> {
  const scenarios = [...results].map(([name, found]) => [
    name,
    { ...found, figures: found.figures.filter(isMeasured) },
  ]) satisfies [string, ScenarioReport][];
  const figures = scenarios.flatMap(([, found]) => found.figures);
  const content = {
    format: FORMAT,
    ...report,
    ...Object.fromEntries(figures.map(({ key, value }) => [key, roundValue(value)])),
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
    const content = JSON.parse(await readFile(file, 'utf8')) as ReportFile;
    const { format, at, commit, quick, machine, durationSeconds, notMeasured, scenarios } = content;
    const results = new Map(Object.entries(scenarios));
    return format === FORMAT
      ? { at, commit, quick, machine, durationSeconds, notMeasured, results }
      : undefined;
  } catch {
    return undefined;
  }
}

type ReportFile = Omit<Report, 'results'> & {
  readonly format: number;
  readonly scenarios: Readonly<Record<string, ScenarioReport>>;
};

/** The same for a reader: a table per scenario. */
export function describeReport(report: Report): string {
  return [
    describeSystem(report),
    ...listCaveats(report),
    ...[...report.results].flatMap(([name, found]) => [
      '',
      ...describeOutcome(name, found, describeRun(report, found)),
    ]),
  ].join('\n');
}

/** One line: what the figures were made on. */
export function describeSystem({ commit, machine, results }: Report): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability, system } = machine;
  return `${cores} cores, ${model}, ${memoryGb} GB, ${system}; Node.js ${node}; ${postgres} (${durability}); ${rabbitmq}; ${hasSeveralRuns(results) ? 'several runs' : describeCommit(commit)}`;
}

/** Which run a scenario is from, when not all are from the same; empty otherwise. */
export function describeRun({ results }: Report, { at, commit }: RunInfo): string {
  return hasSeveralRuns(results) ? `${describeCommit(commit)}, ${at.slice(0, 16).replace('T', ' ')}` : '';
}

function hasSeveralRuns(results: Report['results']): boolean {
  return new Set([...results.values()].map(({ at }) => at)).size > 1;
}

function describeCommit(commit: string | undefined): string {
  return commit === undefined ? 'unknown commit' : `commit ${commit}`;
}

/** What a reader must know before he believes a figure. */
export function listCaveats({ quick, machine: { loadAverage }, notMeasured }: Report): string[] {
  return [
    'All servers, services and the load share these cores. Services log at level warn. Every publication is confirmed.',
    ...(loadAverage > 0.5
      ? [`The machine was busy before the run (load ${loadAverage.toFixed(1)}): expect less.`]
      : []),
    ...(quick ? ['Quick: short rounds, and few. For figures to quote run it without --quick.'] : []),
    ...notMeasured.map((what) => `Not measured: ${what}.`),
  ];
}

function describeOutcome(name: string, found: ScenarioOutcome, origin: string): string[] {
  const { how, figures, durationSeconds, invalidReason } = found;
  const from = origin && `; ${origin}`;
  if (invalidReason !== undefined)
    return [`${name}: invalid, after ${durationSeconds} s${from}. ${invalidReason}`];
  return [`${name}: ${how} (took ${durationSeconds} s${from})`, ...formatTable(figures.filter(isMeasured))];
}

/** False of what could not be measured here: no process was seen, or nothing divided by nothing. */
export function isMeasured({ value }: Figure): boolean {
  return typeof value === 'number' ? !Number.isNaN(value) : Object.keys(value).length > 0;
}

function formatTable(figures: readonly Figure[]): string[] {
  const rows = figures.flatMap(toRows);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([key, value, meaning]) =>
    `  ${key.padEnd(widths[0]!)}  ${value.padStart(widths[1]!)}  ${meaning}`.trimEnd(),
  );
}

type Row = readonly [key: string, value: string, meaning: string];

function toRows({ key, value, isAdditive = false, unit, meaning }: Figure): Row[] {
  if (typeof value === 'number') return [[key, formatNumber(value), `${unit} ${meaning}`.trim()]];
  const parts = Object.entries(value);
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return [
    [key, isAdditive ? formatNumber(total) : '', `${unit} ${meaning}`.trim()],
    ...parts.map(([name, part]): Row => [`  ${name}`, formatNumber(part), '']),
  ];
}

function roundValue(value: Figure['value']): Figure['value'] {
  const round = (number: number): number => Number(number.toPrecision(4));
  if (typeof value === 'number') return round(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, round(part)]));
}
