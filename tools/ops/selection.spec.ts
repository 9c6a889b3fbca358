import { expect, test } from 'vitest';

import { parseInstant } from './selection.js';

test.each([
  ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00.000Z'],
  ['2026-11-21T10:00:00.5+08:00', '2026-11-21T02:00:00.500Z'],
])('%s is an instant', (given, expected) => {
  expect(parseInstant(given).toISOString()).toBe(expected);
});

test.each([
  ['30m', 30 * 60_000],
  ['2h', 2 * 3_600_000],
  ['7d', 7 * 86_400_000],
])('%s is that long before now', (given, ageMs) => {
  const ageNow = Date.now() - parseInstant(given).getTime();
  expect(ageNow).toBeGreaterThanOrEqual(ageMs);
  expect(ageNow).toBeLessThan(ageMs + 1_000);
});

test.each([
  '',
  '2',
  '12',
  '2026',
  'last week 3',
  'yesterday',
  '2 h',
  '1.5h',
  '-2h',
  '2w',
  '2026-11-21',
  '2026-11-21T10:00Z',
  '2026-11-21T10:00:00',
  '2026-11-21 10:00:00Z',
  '2026-02-30T10:00:00Z',
  '21 Nov 2026 10:00:00 GMT',
])('"%s" is refused', (given) => {
  expect(() => parseInstant(given)).toThrow('Expected 30m, 2h or 7d ago');
});
