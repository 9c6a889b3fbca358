import { expect, test } from 'vitest';
import { commandOf, readArguments, scenarioNames } from './arguments.js';

test('without arguments every scenario runs, in full', () => {
  expect(readArguments([])).toEqual({
    help: false,
    quick: false,
    writeDocs: false,
    scenarios: scenarioNames,
  });
});

test('a quick run leaves out profile, unless it is named', () => {
  const others = scenarioNames.filter((name) => name !== 'profile');
  expect(readArguments(['--quick']).scenarios).toEqual(others);
  expect(readArguments(['--quick', '--scenario', 'profile']).scenarios).toEqual(['profile']);
});

test('scenarios are given one by one or in a list, and run in the order of the bench', () => {
  const expected = ['order-flow', 'accept', 'relay'];
  expect(readArguments(['--scenario', 'relay,accept', '--scenario', 'order-flow']).scenarios).toEqual(
    expected,
  );
});

test.each([
  [[], 'npm run bench'],
  [['--quick'], 'npm run bench -- --quick'],
  [['--scenario', 'relay', '--quick'], 'npm run bench -- --quick --scenario relay'],
])('a run of %j is told by its command', (args, command) => {
  expect(commandOf(readArguments(args))).toBe(command);
});

test.each([
  [['--scenario', 'acept'], 'There is no scenario "acept". There are: order-flow,'],
  [['--scenario', 'accept,'], 'There is no scenario "".'],
  [['--fast'], "Unknown option '--fast'"],
  [['accept'], "Unexpected argument 'accept'"],
  [['--write-docs', '--quick'], '--write-docs runs nothing'],
])('%j is refused with a reason', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
