import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfirmTimeouts } from './confirm-timeouts.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a confirm that takes more than 30 s is given up within a second, and no other', () => {
  const confirmTimeouts = new ConfirmTimeouts();
  const lost: string[] = [];
  confirmTimeouts.add((error) => lost.push(`first: ${error.message}`));
  const confirmed = confirmTimeouts.add(() => lost.push('confirmed'));
  vi.advanceTimersByTime(20_000);
  confirmTimeouts.remove(confirmed);
  confirmTimeouts.add(() => lost.push('second'));
  vi.advanceTimersByTime(9_999);
  expect(lost).toEqual([]);
  vi.advanceTimersByTime(1_001);
  expect(lost).toEqual(['first: no confirm within 30000 ms']);
  vi.advanceTimersByTime(20_000);
  expect(lost).toEqual(['first: no confirm within 30000 ms', 'second']);
});

test('while nothing is waited for, nothing runs', () => {
  const confirmTimeouts = new ConfirmTimeouts();
  confirmTimeouts.remove(confirmTimeouts.add(() => {}));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
});
