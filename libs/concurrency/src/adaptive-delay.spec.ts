import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './adaptive-delay.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

async function paceAfterABatchOf(ms: number): Promise<Pace> {
  const pace = new Pace();
  await pace.run(async () => void vi.advanceTimersByTime(ms));
  return pace;
}

test('what comes alone never waits', async () => {
  expect(new Pace().restMs(1)).toBe(0);
  const pace = await paceAfterABatchOf(5);
  vi.advanceTimersByTime(5);
  expect(pace.restMs(1)).toBe(0);
});

test('a batch may follow the last after as long as that took', async () => {
  const pace = await paceAfterABatchOf(5);
  expect(pace.restMs(1)).toBe(5);
  vi.advanceTimersByTime(2);
  expect(pace.restMs(1)).toBe(3);
});

test('nobody waits for long, however slow the last batch was', async () => {
  expect((await paceAfterABatchOf(1_000)).restMs(1)).toBe(10);
});

test('enough for a batch of their own wait for nobody', async () => {
  expect((await paceAfterABatchOf(5)).restMs(32)).toBe(0);
});
