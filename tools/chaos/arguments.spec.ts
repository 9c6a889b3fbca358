import { expect, test } from 'vitest';

import { UsageError, readArguments } from './arguments.js';

test('seed and minutes are parsed', () => {
  expect(readArguments(['--seed', '7', '--minutes', '0.5'], 0)).toEqual({
    help: false,
    planOnly: false,
    seed: 7,
    durationMs: 30_000,
  });
});

test('a missing seed is chosen at random', () => {
  expect(readArguments([], 0.25)).toMatchObject({ seed: 250_000, durationMs: 120_000 });
});

test.each([
  [['--seed', '-1']],
  [['--seed', '1.5']],
  [['--seed', '4294967296']],
  [['--seed', '']],
  [['--minutes', '0']],
  [['--minutes', 'two']],
  [['--minutes', '1e9']],
  [['--sed', '7']],
  [['7']],
])('%j is rejected', (args) => {
  expect(() => readArguments(args, 0)).toThrow(UsageError);
});
