import { expect, test } from 'vitest';
import { filledIn } from './write-docs.js';

const run = {
  at: '2026-11-21T10:00:00.000Z',
  commit: '1a2b3c4d5e6f',
  quick: true,
  machine: { cores: 2, model: 'A processor', memoryGb: 8 },
  scenarios: { 'order-flow': {} },
  orders_per_second: 1234.5,
  cpu_us_per_order: { order: 600, postgres: 1400 },
  textbook_cpu_us_per_order: { order: 900, postgres: 2000 },
};

const page = (block: string): string =>
  `before\n<!-- bench: ${block} -->\nSTALE\n<!-- bench end -->\nafter\n`;

test('figures go between their markers, and nothing else is touched', () => {
  const written = filledIn(page('figures'), run, 'en');
  expect(written).toMatch(/^before\n<!-- bench: figures -->\n\n\| what \| figure \| scenario \|\n/);
  expect(written).toContain('| orders placed and completed | 1,230/s | `order-flow` |');
  expect(written).toMatch(/\n<!-- bench end -->\nafter\n$/);
  expect(written).not.toContain('STALE');
});

test('what a run has not measured is said', () => {
  expect(filledIn(page('figures'), run, 'zh')).toContain('| 从发件箱发出并确认的消息 | 本次未测 | `relay` |');
});

test('the budget of an order stands beside those of the baselines', () => {
  const written = filledIn(page('budget'), run, 'en');
  expect(written).toContain('| `postgres` | 1,400 | 70 % | 2,000 | not in this run |');
  expect(written).toContain('    "order" : 600');
});

test('writing twice is writing once', () => {
  const once = filledIn(page('budget'), run, 'zh');
  expect(filledIn(once, run, 'zh')).toBe(once);
});
