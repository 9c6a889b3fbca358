import { expect, test } from 'vitest';

import type { InvariantId, InvariantResult } from '../audit/report.js';
import { createPlan } from './plan.js';
import { describeRun } from './summary.js';
import { type Observations, evaluate } from './evaluate-run.js';

const idle = { isIdle: true, pending: [], unchecked: [], waitedMs: 1_234 };
const journal = { accepted: new Set(['order-1']), requests: 3, neverAccepted: [], keysWithTwoOrders: [] };
const observations: Observations = { journal, violatedDuringFaults: [], unexpectedExits: [], failures: [] };

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

test('a run without violations, pending work and failures has no problem', () => {
  expect(evaluate(idle, report(result('S1'), result('Q1')), observations, 0)).toMatchObject({
    lost: 0,
    duplicated: 0,
    oversold: 0,
    problems: [],
  });
});

test.each([
  ['Q1', { lost: 2 }],
  ['Q5', { lost: 2 }],
  ['S3', { duplicated: 2 }],
  ['S7', { duplicated: 2 }],
  ['Q4', { duplicated: 2 }],
  ['S1', { oversold: 2 }],
  ['S2', { oversold: 2 }],
  ['S6', { lost: 0, duplicated: 0, oversold: 0 }],
] as const)('a violation of %s is a problem and counts as %j', (id, counted) => {
  const campaignResult = evaluate(idle, report(result(id, 2)), observations, 0);
  expect(campaignResult).toMatchObject(counted);
  expect(campaignResult.problems).toEqual([expect.stringContaining(`${id} is violated 2 times`)]);
});

test('a violation during a fault stays a problem after it', () => {
  const campaignResult = evaluate(
    idle,
    report(result('S1')),
    { ...observations, violatedDuringFaults: [result('S1', 1)] },
    0,
  );
  expect(campaignResult).toMatchObject({ oversold: 1, problems: [expect.stringContaining('S1')] });
});

test('every other observation that breaks a guarantee is a problem', () => {
  const pending = [{ en: 'orders in pending: 1', zh: '' }];
  const campaignResult = evaluate(
    { ...idle, isIdle: false, pending },
    report(),
    {
      journal: { ...journal, neverAccepted: ['a'], keysWithTwoOrders: ['b'] },
      violatedDuringFaults: [],
      unexpectedExits: ['payment 1 exited unexpectedly'],
      failures: ['Refused'],
    },
    3,
  );
  expect(campaignResult.problems).toEqual([
    'not idle: orders in pending: 1',
    'two orders were accepted under the key b',
    'never accepted: a',
    'open dead letters: 3',
    'payment 1 exited unexpectedly',
    'Refused',
  ]);
  expect(campaignResult.duplicated).toBe(1);
});

test('a failed run prints its repeat command and log folder', () => {
  const campaignResult = evaluate(idle, report(), { ...observations, failures: ['Refused'] }, 0);
  const text = describeRun({
    seed: 7,
    minutes: 2,
    commit: '0123456789ab-dirty',
    faults: createPlan(7, 120_000).faults,
    journal,
    recorded: { total: 10, duplicateCount: 1 },
    repeatedGatewayRequests: 0,
    continuousAudits: 20,
    result: campaignResult,
    folder: '.local/chaos/seed-7',
  });
  expect(text).toContain('git checkout 0123456789ab && npm run chaos -- --seed 7 --minutes 2');
  expect(text).toContain('.local/chaos/seed-7');
  expect(text).toContain('Refused');
});
