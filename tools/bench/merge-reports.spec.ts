import { expect, test } from 'vitest';
import { machine, createReport } from '../../test/setup/bench-report.js';
import type { ScenarioOutcome } from './bench.js';
import type { Report } from './report.js';
import { mergeReports } from './merge-reports.js';

/** A run that found one number by scenario, and nothing where there is none. */
function run(commit: string, numbers: Record<string, number | undefined>, loadAverage = 0): Report {
  const scenarios = Object.entries(numbers).map(([name, value]) => [
    name,
    value === undefined
      ? { invalidReason: 'Q1 does not hold.' }
      : { figures: [{ key: name, value, unit: '', meaning: '' }] },
  ]) satisfies [string, Partial<ScenarioOutcome>][];
  const notMeasured = [`something in ${commit}`];
  return createReport(Object.fromEntries(scenarios), {
    at: `2026-11-21 ${commit}`,
    commit,
    loadAverage,
    notMeasured,
  });
}

const listFigures = ({ results }: Report): [string, string | undefined, unknown][] =>
  [...results].map(([name, { commit, figures }]) => [name, commit, figures[0]?.value]);

test('scenarios that were not measured again stay, each with its commit, and stand in the order of the bench', () => {
  const both = mergeReports(
    run('b', { latency: 2, growth: 2 }),
    run('a', { relay: 1, latency: 1, 'order-flow': 1 }),
  );
  expect(listFigures(both)).toEqual([
    ['order-flow', 'a', 1],
    ['latency', 'b', 2],
    ['growth', 'b', 2],
    ['relay', 'a', 1],
  ]);
  expect(both).toMatchObject({ commit: 'b', notMeasured: ['something in a', 'something in b'] });
});

test('a scenario that is void now has none of its old figures', () => {
  const both = mergeReports(run('b', { latency: undefined }), run('a', { latency: 1, relay: 1 }));
  expect(listFigures(both)).toEqual([
    ['latency', 'b', undefined],
    ['relay', 'a', 1],
  ]);
  expect(both.results.get('latency')?.invalidReason).toBe('Q1 does not hold.');
});

test('what else kept the machine busy is told as long as a scenario of that run stays', () => {
  const busy = run('a', { latency: 1, relay: 1 }, 1.5);
  expect(mergeReports(run('b', { latency: 2 }), busy).machine.loadAverage).toBe(1.5);
  expect(mergeReports(run('b', { latency: 2, relay: 2 }), busy).machine.loadAverage).toBe(0);
});

test('a run of all that is measured begins anew', () => {
  const report = run('b', { latency: 2 });
  expect(mergeReports(report, undefined)).toBe(report);
  const earlier = run('a', { latency: 1, 'no longer measured': 1 });
  expect(mergeReports(report, earlier)).toEqual(report);
});

test.each<[string, (earlier: Report) => Report]>([
  ['another machine', (earlier) => ({ ...earlier, machine: { ...machine, cores: 4 } })],
  [
    'another version of a server',
    (earlier) => ({ ...earlier, machine: { ...machine, rabbitmq: 'RabbitMQ 3.13' } }),
  ],
  ['shorter rounds', (earlier) => ({ ...earlier, quick: true })],
])('nothing stays of %s', (_, changed) => {
  const report = run('b', { latency: 2 });
  expect(mergeReports(report, changed(run('a', { relay: 1 })))).toBe(report);
});
