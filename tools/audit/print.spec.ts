import { expect, test } from 'vitest';
import { describeReport } from './print.js';
import { Findings, type InvariantResult } from './report.js';

const statement = { en: 'no message is lost', zh: '消息不丢失' };
const problem = { en: 'lost', zh: '丢失' };

function violated(count: number): InvariantResult {
  const findings = new Findings();
  findings.addChecked(12_345);
  for (let index = 1; index <= count; index += 1) {
    findings.addViolation(problem, { messageId: `m-${index}`, seenIn: 'inbox, outbox', attempts: null });
  }
  return findings.resultFor('Q5', statement);
}

function describe(invariant: InvariantResult, language: 'en' | 'zh' = 'en'): string[] {
  const { holds } = invariant;
  return describeReport({ holds, invariants: [invariant] }, undefined, language).split('\n');
}

test('a violated invariant shows its count and its violations', () => {
  expect(describe(violated(2))).toEqual([
    '✗ Q5  no message is lost  (12,345 checked)',
    '    lost: messageId=m-1 seenIn="inbox, outbox" attempts=null',
    '    lost: messageId=m-2 seenIn="inbox, outbox" attempts=null',
    'Violated: Q5.',
  ]);
});

test('of 1,000 violations 20 are kept, 5 shown and all counted', () => {
  const result = violated(1_000);
  expect(result).toMatchObject({ holds: false, violationCount: 1_000 });
  expect(result.violations).toHaveLength(20);
  const lines = describe(result);
  expect(lines).toHaveLength(8);
  expect(lines[6]).toBe('    … 995 more');
});

test('the report can be printed in Chinese', () => {
  expect(describe(violated(1), 'zh')).toEqual([
    '✗ Q5  消息不丢失  （已检查 12,345）',
    '    丢失：messageId=m-1 seenIn="inbox, outbox" attempts=null',
    '不成立：Q5。',
  ]);
});
