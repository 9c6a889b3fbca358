import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AdaptiveDelay } from './adaptive-delay.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

async function delayAfterBatch(ms: number): Promise<AdaptiveDelay> {
  const pace = new AdaptiveDelay();
  await pace.run(async () => void vi.advanceTimersByTime(ms));
  return pace;
}

test('what comes alone never waits', async () => {
  expect(new AdaptiveDelay().delayMs(1)).toBe(0);
  const pace = await delayAfterBatch(5);
  vi.advanceTimersByTime(5);
  expect(pace.delayMs(1)).toBe(0);
});

test('a batch may follow the last after as long as that took', async () => {
  const pace = await delayAfterBatch(5);
  expect(pace.delayMs(1)).toBe(5);
  vi.advanceTimersByTime(2);
  expect(pace.delayMs(1)).toBe(3);
});

test('nobody waits for long, however slow the last batch was', async () => {
  expect((await delayAfterBatch(1_000)).delayMs(1)).toBe(10);
});

test('enough for a batch of their own wait for nobody', async () => {
  expect((await delayAfterBatch(5)).delayMs(32)).toBe(0);
});
