import { afterEach, expect, test, vi } from 'vitest';

import { addGauge, createRegistry, type GaugeReading } from './metrics.js';

afterEach(() => vi.useRealTimers());

async function scraped(...gauges: GaugeReading[]): Promise<string[]> {
  const registry = createRegistry('order');
  for (const gauge of gauges) addGauge(registry, gauge);
  const lines = registry.metrics();
  await vi.advanceTimersByTimeAsync(2_000);
  return (await lines).split('\n').filter((line) => /^(?:good|bad)/.test(line));
}

const good: GaugeReading = { name: 'good', help: 'known', read: () => Promise.resolve(3) };

test.each([
  ['fails', () => Promise.reject(new Error('the database is away'))],
  ['never comes', () => new Promise<number>(() => {})],
  ['is not known', () => undefined],
])('a number whose reading %s is NaN, and the others are shown', async (_how, read) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  expect(await scraped(good, { name: 'bad', help: 'unknown', read })).toEqual([
    'good{service="order"} 3',
    expect.stringMatching(/^bad\{service="order"\} nan$/i),
  ]);
});
