import { afterEach, expect, test, vi } from 'vitest';

import { registerGauge, createRegistry, type ObservableGauge } from './metrics.js';

afterEach(() => vi.useRealTimers());

async function scrape(...gauges: ObservableGauge[]): Promise<string[]> {
  const registry = createRegistry('order');
  for (const gauge of gauges) registerGauge(registry, gauge);
  const lines = registry.metrics();
  await vi.advanceTimersByTimeAsync(2_000);
  return (await lines).split('\n').filter((line) => /^(?:good|bad)/.test(line));
}

const good: ObservableGauge = { name: 'good', help: 'known', read: () => Promise.resolve(3) };

test.each([
  ['rejects', () => Promise.reject(new Error('the database is unavailable'))],
  ['never settles', () => new Promise<number>(() => {})],
  ['is undefined', () => undefined],
])('a gauge that %s is NaN and hides no other', async (_how, read) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  expect(await scrape(good, { name: 'bad', help: 'unknown', read })).toEqual([
    'good{service="order"} 3',
    expect.stringMatching(/^bad\{service="order"\} nan$/i),
  ]);
});
