import { describe, expect, test } from 'vitest';

import { decideOnFailure } from './failed-attempt.js';

const PARK_AFTER_MS = 3_600_000;
const history = { attempts: 9, rejections: 4, rejectedForMs: 60_000 };

function decide(failure: Parameters<typeof decideOnFailure>[0], overrides = {}, hasOthersSucceeded = true) {
  return decideOnFailure(failure, { ...history, ...overrides }, hasOthersSucceeded, PARK_AFTER_MS);
}

describe('a rejected operation', () => {
  test('is parked at the fifth rejection while others of its kind succeed', () => {
    expect(decide('rejected', { rejections: 3 })).toMatchObject({ action: 'retry', isCounted: true });
    expect(decide('rejected')).toEqual({ action: 'park', cause: 'rejected' });
  });

  test('is retried, uncounted, while no other of its kind succeeds', () => {
    const retry = { action: 'retry', delayMs: 30_000, isCounted: false };
    expect(decide('rejected', { rejections: 400 }, false)).toEqual(retry);
  });

  test('is parked by the age of its first rejection', () => {
    const old = { rejections: 0, rejectedForMs: PARK_AFTER_MS };
    expect(decide('rejected', old, false)).toEqual({ action: 'park', cause: 'rejected' });
    expect(decide('rejected', { ...old, rejectedForMs: PARK_AFTER_MS - 1 }, false).action).toBe('retry');
  });
});

test('a contradiction is parked at the fifth, whether others succeed or not', () => {
  expect(decide('contradiction', {}, false)).toEqual({ action: 'park', cause: 'contradiction' });
  expect(decide('contradiction', { rejections: 0 }, false)).toMatchObject({
    action: 'retry',
    isCounted: true,
  });
});

test.each(['unknown', 'unstored'] as const)('an outcome that is %s never parks an operation', (failure) => {
  const old = { attempts: 5_000, rejections: 4, rejectedForMs: 10 * PARK_AFTER_MS };
  expect(decide(failure, old)).toEqual({ action: 'retry', delayMs: 30_000, isCounted: false });
});

test.each([
  [1, 500],
  [2, 1_000],
  [6, 16_000],
  [7, 30_000],
  [2_000, 30_000],
])('after %i attempts the next one follows in %i ms', (attempts, delayMs) => {
  expect(decide('unknown', { attempts })).toMatchObject({ delayMs });
});
