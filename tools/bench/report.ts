import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure, ScenarioOutcome } from './bench.js';
import type { Machine } from './machine.js';

/** One run of the bench. */
export interface Report {
  /** When the run ended: an ISO timestamp. */
  readonly at: string;
  readonly commit: string | undefined;
  readonly command: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly durationSeconds: number;
  /** Quantities that the run omits, with the reason. */
  readonly notMeasured: readonly string[];
  /** By the scenario's name. */
  readonly scenarios: ReadonlyMap<string, ScenarioOutcome>;
}

const FORMAT = 3;

/** Writes `latest.json`: the run, every measured figure under its own key, and each scenario with its rounds. */
export async function writeReport(file: string, { scenarios, ...report }: Report): Promise<void> {
  const outcomes = [...scenarios].map(
    ([name, outcome]) => [name, { ...outcome, figures: outcome.figures.filter(isMeasured) }] as const,
  );
  const figures = outcomes.flatMap(([, outcome]) => outcome.figures);
  const content = {
    format: FORMAT,
    ...report,
    ...Object.fromEntries(figures.map(({ key, value }) => [key, roundValue(value)])),
    meanings: Object.fromEntries(
      figures.map(({ key, unit, meaning }) => [key, unit ? `${unit}: ${meaning}` : meaning]),
    ),
    scenarios: Object.fromEntries(outcomes),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** The report as text: the run, its caveats, and a table per scenario. */
export function describeReport(report: Report): string {
  return [
    describeRun(report),
    ...listCaveats(report),
    ...[...report.scenarios].flatMap(([name, outcome]) => ['', ...describeOutcome(name, outcome)]),
  ].join('\n');
}

function describeRun({ commit, machine }: Report): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability, system } = machine;
  return (
    `${cores} cores, ${model}, ${memoryGb} GB, ${system}; Node.js ${node}; ${postgres} (${durability}); ` +
    `${rabbitmq}; ${commit === undefined ? 'unknown commit' : `commit ${commit}`}`
  );
}

function listCaveats({ quick, machine: { loadAverage }, notMeasured }: Report): string[] {
  return [
    'Servers, services and load generator share these cores. Services log at level warn. Publications are confirmed.',
    ...(loadAverage > 0.5
      ? [`Other programs used the machine before the run (load ${loadAverage.toFixed(1)}): rates are lower.`]
      : []),
    ...(quick ? ['Quick run: few, short rounds. Quote only figures of a run without --quick.'] : []),
    ...notMeasured.map((omission) => `Not measured: ${omission}.`),
  ];
}

function describeOutcome(name: string, outcome: ScenarioOutcome): string[] {
  const { how, figures, durationSeconds, invalidReason } = outcome;
  if (invalidReason !== undefined) return [`${name}: invalid after ${durationSeconds} s: ${invalidReason}`];
  return [`${name}: ${how} (${durationSeconds} s)`, ...formatTable(figures.filter(isMeasured))];
}

/** False when the value could not be measured: no process was visible, or zero was divided by zero. */
function isMeasured({ value }: Figure): boolean {
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

/** Three digits, `12,300` or `0.873`: the scatter of a run does not justify more. */
function formatNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function roundValue(value: Figure['value']): Figure['value'] {
  const round = (number: number): number => Number(number.toPrecision(4));
  if (typeof value === 'number') return round(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, round(part)]));
}
