import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AdaptiveDelay } from './adaptive-delay.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

async function delayAfterBatch(ms: number): Promise<AdaptiveDelay> {
  const delay = new AdaptiveDelay();
  await delay.run(async () => void vi.advanceTimersByTime(ms));
  return delay;
}

test('a single item is never delayed', async () => {
  expect(new AdaptiveDelay().delayMs(1)).toBe(0);
  const delay = await delayAfterBatch(5);
  vi.advanceTimersByTime(5);
  expect(delay.delayMs(1)).toBe(0);
});

test('the delay is the duration of the previous batch', async () => {
  const delay = await delayAfterBatch(5);
  expect(delay.delayMs(1)).toBe(5);
  vi.advanceTimersByTime(2);
  expect(delay.delayMs(1)).toBe(3);
});

test('the delay is at most 10 ms', async () => {
  expect((await delayAfterBatch(1_000)).delayMs(1)).toBe(10);
});

test('32 waiting items are not delayed', async () => {
  expect((await delayAfterBatch(5)).delayMs(32)).toBe(0);
});
