import { expect, test } from 'vitest';
import { formatCommand, readArguments, scenarioNames } from './arguments.js';

test('without arguments every scenario runs, in full', () => {
  expect(readArguments([])).toEqual({
    help: false,
    quick: false,
    scenarios: scenarioNames,
  });
});

test('scenarios are given one by one or in a list, and run in the order of the bench', () => {
  const expected = ['order-flow', 'latency', 'relay'];
  expect(readArguments(['--scenario', 'relay,latency', '--scenario', 'order-flow']).scenarios).toEqual(
    expected,
  );
});

test.each([
  [[], 'npm run bench'],
  [['--quick'], 'npm run bench -- --quick'],
  [['--scenario', 'relay', '--quick'], 'npm run bench -- --quick --scenario relay'],
])('a run of %j is told by its command', (args, command) => {
  expect(formatCommand(readArguments(args))).toBe(command);
});

test.each([
  [['--scenario', 'latncy'], 'There is no scenario "latncy". There are: order-flow,'],
  [['--scenario', 'latency,'], 'There is no scenario "".'],
  [['--fast'], "Unknown option '--fast'"],
  [['latency'], "Unexpected argument 'latency'"],
])('%j is refused with a reason', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
