import type { Outcome } from '../../tools/bench/bench.js';
import type { Machine } from '../../tools/bench/machine.js';
import type { Origin, Report } from '../../tools/bench/report.js';

/** One run, on one machine. */
export const origin = {
  at: '2026-11-21T10:00:00.000Z',
  commit: '1a2b3c4d5e6f',
  command: 'npm run bench',
  loadBefore: 0,
  leftOut: ['CPU and memory of RabbitMQ: it is not a process of this run (given)'],
} satisfies Origin;

export const machine = {
  cores: 2,
  model: 'A processor',
  memoryGb: 8,
  loadBefore: 0,
  system: 'linux x64',
  node: 'v24.0.0',
  postgres: 'PostgreSQL 18.4',
  rabbitmq: 'RabbitMQ 4.3.0',
  durability: 'fsync=on',
} satisfies Machine;

/** What a run found: what is given of each scenario, and nothing else. */
export function reportOf(
  scenarios: Readonly<Record<string, Partial<Outcome>>>,
  run: Partial<Origin> = {},
): Report {
  const from = { ...origin, ...run };
  const { at, commit, loadBefore, leftOut } = from;
  const nothing = { how: '', figures: [], rounds: [], charts: [], tookSeconds: 9 };
  const found = Object.entries(scenarios).map(
    ([name, outcome]) => [name, { ...from, ...nothing, ...outcome }] as const,
  );
  return {
    at,
    commit,
    leftOut,
    quick: false,
    tookSeconds: 60,
    machine: { ...machine, loadBefore },
    results: new Map(found),
  };
}
