import { expect, test } from 'vitest';
import { formatCommand, readArguments, scenarioNames } from './arguments.js';

test('the default is every scenario, in full', () => {
  const expected = {
    help: false,
    quick: false,
    publish: false,
    scenarios: scenarioNames,
    against: undefined,
    tracePercent: undefined,
  };
  expect(readArguments([])).toEqual(expected);
});

test('scenarios run in the order of the bench', () => {
  const { scenarios } = readArguments(['--scenario', 'relay,latency', '--scenario', 'order-flow']);
  expect(scenarios).toEqual(['order-flow', 'latency', 'relay']);
});

test.each([
  [[], 'npm run bench'],
  [['--quick'], 'npm run bench -- --quick'],
  [['--publish', '--scenario', 'relay'], 'npm run bench -- --publish --scenario relay'],
  [['--scenario', 'relay', '--quick'], 'npm run bench -- --quick --scenario relay'],
  [['--trace', '10', '--quick'], 'npm run bench -- --quick --trace 10'],
  [
    ['--against', '/a/checkout', '--scenario', 'order-flow'],
    'npm run bench -- --scenario order-flow --against /a/checkout',
  ],
])('%j is recorded as its command', (args, command) => {
  expect(formatCommand(readArguments(args))).toBe(command);
});

test.each([
  [['--scenario', 'latncy'], 'unknown scenario "latncy"; known scenarios: order-flow,'],
  [['--scenario', 'latency,'], 'unknown scenario "";'],
  [['--against', '../other'], '--against requires --scenario order-flow'],
  [['--trace', '101'], '--trace is a percentage from 0 to 100, not "101"'],
  [['--trace', 'all'], '--trace is a percentage from 0 to 100, not "all"'],
  [['--publish', '--quick'], '--publish requires full rounds'],
  [['--publish', '--scenario', 'order-flow', '--against', '../other'], '--publish requires full rounds'],
  [['--fast'], "Unknown option '--fast'"],
  [['latency'], "Unexpected argument 'latency'"],
])('%j is rejected with a reason', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
