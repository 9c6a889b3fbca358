import { expect, test } from 'vitest';
import { UsageError, parseCommandLine } from './command-line.js';

test('--wait accepts ms, s and m', () => {
  expect(parseCommandLine([]).waitMs).toBe(0);
  expect(parseCommandLine(['--wait', '500ms']).waitMs).toBe(500);
  expect(parseCommandLine(['--wait=60s']).waitMs).toBe(60_000);
  expect(parseCommandLine(['--wait', '5m']).waitMs).toBe(300_000);
});

test.each([['60'], ['1h'], ['-1s'], ['s'], ['1.5s'], ['soon']])('--wait=%s is rejected', (wait) => {
  expect(() => parseCommandLine([`--wait=${wait}`])).toThrow(UsageError);
});

test('unknown and contradictory options are rejected', () => {
  expect(() => parseCommandLine(['--fix'])).toThrow(UsageError);
  expect(() => parseCommandLine(['S1'])).toThrow(UsageError);
  expect(() => parseCommandLine(['--lang', 'fr'])).toThrow(UsageError);
  expect(() => parseCommandLine(['--instant', '--wait', '60s'])).toThrow(UsageError);
});

test('--lang selects the language', () => {
  expect(parseCommandLine(['--lang', 'zh']).language).toBe('zh');
  expect(parseCommandLine(['--lang', 'en']).language).toBe('en');
});
