import { expect, test } from 'vitest';

import { UsageError, readArguments } from './arguments.js';

test('a seed and a length are taken as they are given', () => {
  expect(readArguments(['--seed', '7', '--minutes', '0.5'], 0)).toEqual({
    help: false,
    planOnly: false,
    seed: 7,
    durationMs: 30_000,
  });
});

test('without a seed there is one all the same, so that the run can be had again', () => {
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
])('%j is refused', (args) => {
  expect(() => readArguments(args, 0)).toThrow(UsageError);
});
