import type { ScenarioOutcome } from '../../tools/bench/bench.js';
import type { Machine } from '../../tools/bench/machine.js';
import type { RunInfo, Report } from '../../tools/bench/report.js';

/** One run, on one machine. */
export const runInfo = {
  at: '2026-11-21T10:00:00.000Z',
  commit: '1a2b3c4d5e6f',
  command: 'npm run bench',
  loadAverage: 0,
  notMeasured: ['CPU and memory of RabbitMQ: it is not a process of this run (external)'],
} satisfies RunInfo;

export const machine = {
  cores: 2,
  model: 'A processor',
  memoryGb: 8,
  loadAverage: 0,
  system: 'linux x64',
  node: 'v24.0.0',
  postgres: 'PostgreSQL 18.4',
  rabbitmq: 'RabbitMQ 4.3.0',
  durability: 'fsync=on',
} satisfies Machine;

/** What a run found: what is given of each scenario, and nothing else. */
export function createReport(
  scenarios: Readonly<Record<string, Partial<ScenarioOutcome>>>,
  run: Partial<RunInfo> = {},
): Report {
  const from = { ...runInfo, ...run };
  const { at, commit, loadAverage, notMeasured } = from;
  const nothing = { how: '', figures: [], rounds: [], charts: [], durationSeconds: 9 };
  const found = Object.entries(scenarios).map(
    ([name, outcome]) => [name, { ...from, ...nothing, ...outcome }] as const,
  );
  return {
    at,
    commit,
    notMeasured,
    quick: false,
    durationSeconds: 60,
    machine: { ...machine, loadAverage },
    results: new Map(found),
  };
}
