import { expect, test } from 'vitest';

import type { InvariantId, InvariantResult } from '../audit/report.js';
import { planOf } from './plan.js';
import { describeRun } from './summary.js';
import { type Seen, verdictOf } from './evaluate-run.js';

const quiet = { isQuiet: true, underWay: [], unchecked: [], waitedMs: 1_234 };
const told = { accepted: new Set(['order-1']), requests: 3, unanswered: [], contradicted: [] };
const seen: Seen = { told, violatedUnderFire: [], endings: [], failures: [] };

function result(id: InvariantId, violationCount = 0): InvariantResult {
  return {
    id,
    statement: { en: `the statement of ${id}`, zh: '' },
    holds: violationCount === 0,
    checked: 1,
    violations: [],
    violationCount,
    unchecked: [],
    remarks: [],
  };
}

const report = (...invariants: InvariantResult[]) => ({ holds: false, invariants });

test('nothing is wrong when everything holds, is quiet and was answered', () => {
  expect(verdictOf(quiet, report(result('S1'), result('Q1')), seen, 0)).toMatchObject({
    lost: 0,
    doubled: 0,
    oversold: 0,
    wrongs: [],
  });
});

test.each([
  ['Q1', { lost: 2 }],
  ['Q5', { lost: 2 }],
  ['S3', { doubled: 2 }],
  ['S7', { doubled: 2 }],
  ['Q4', { doubled: 2 }],
  ['S1', { oversold: 2 }],
  ['S2', { oversold: 2 }],
  ['S6', { lost: 0, doubled: 0, oversold: 0 }],
] as const)('a violation of %s is wrong, and counted: %j', (id, counted) => {
  const verdict = verdictOf(quiet, report(result(id, 2)), seen, 0);
  expect(verdict).toMatchObject(counted);
  expect(verdict.wrongs).toEqual([expect.stringContaining(`${id} is violated 2 times`)]);
});

test('what was violated under fire is wrong, though all holds at the end', () => {
  const verdict = verdictOf(
    quiet,
    report(result('S1')),
    { ...seen, violatedUnderFire: [result('S1', 1)] },
    0,
  );
  expect(verdict).toMatchObject({ oversold: 1, wrongs: [expect.stringContaining('S1')] });
});

test('an open dead letter, an unanswered order, a second order under one key, an ending, a failure and no quiet are wrong', () => {
  const underWay = [{ en: 'orders in pending: 1', zh: '' }];
  const verdict = verdictOf(
    { ...quiet, isQuiet: false, underWay },
    report(),
    {
      told: { ...told, unanswered: ['a'], contradicted: ['b'] },
      violatedUnderFire: [],
      endings: ['payment 1 ended by itself'],
      failures: ['Refused'],
    },
    3,
  );
  expect(verdict.wrongs).toEqual([
    'not quiet: orders in pending: 1',
    'two orders were accepted under the key b',
    'never answered: a',
    'open dead letters: 3',
    'payment 1 ended by itself',
    'Refused',
  ]);
  expect(verdict.doubled).toBe(1);
});

test('a run that went wrong says how to have the same faults again, and where to look', () => {
  const verdict = verdictOf(quiet, report(), { ...seen, failures: ['Refused'] }, 0);
  const text = describeRun({
    seed: 7,
    minutes: 2,
    commit: '0123456789ab-dirty',
    faults: planOf(7, 120_000).faults,
    told,
    wire: { messages: 10, duplicates: 1 },
    gatewayRepeats: 0,
    auditsUnderFire: 20,
    verdict,
    folder: '.local/chaos/seed-7',
  });
  expect(text).toContain('git checkout 0123456789ab && npm run chaos -- --seed 7 --minutes 2');
  expect(text).toContain('.local/chaos/seed-7');
  expect(text).toContain('Refused');
});
