import { expect, test } from 'vitest';
import { UsageError, parseCommandLine } from './command-line.js';

test('durations are understood in ms, seconds and minutes', () => {
  expect(parseCommandLine([]).waitMs).toBe(0);
  expect(parseCommandLine(['--wait', '500ms']).waitMs).toBe(500);
  expect(parseCommandLine(['--wait=60s']).waitMs).toBe(60_000);
  expect(parseCommandLine(['--wait', '5m']).waitMs).toBe(300_000);
});

test.each([['60'], ['1h'], ['-1s'], ['s'], ['1.5s'], ['soon']])('a wait of %s is refused', (wait) => {
  expect(() => parseCommandLine([`--wait=${wait}`])).toThrow(UsageError);
});

test('what is not known, or contradicts itself, is refused', () => {
  expect(() => parseCommandLine(['--fix'])).toThrow(UsageError);
  expect(() => parseCommandLine(['S1'])).toThrow(UsageError);
  expect(() => parseCommandLine(['--lang', 'fr'])).toThrow(UsageError);
  expect(() => parseCommandLine(['--instant', '--wait', '60s'])).toThrow(UsageError);
});

test('a language that is asked for is taken', () => {
  expect(parseCommandLine(['--lang', 'zh']).language).toBe('zh');
  expect(parseCommandLine(['--lang', 'en']).language).toBe('en');
});
