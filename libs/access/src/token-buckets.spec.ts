import { expect, test } from 'vitest';

import { TokenBuckets } from './token-buckets.js';

let now = 0;
const create = (perMinute: number): TokenBuckets => new TokenBuckets(perMinute, () => now);

test('a bucket admits a burst, then its rate', () => {
  const buckets = create(60);
  const burst = Array.from({ length: 61 }, () => buckets.take('alice'));
  expect(burst.filter((waitMs) => waitMs === 0)).toHaveLength(60);
  expect(burst.at(-1)).toBe(1_000);
  now += 1_000;
  expect([buckets.take('alice'), buckets.take('alice')]).toEqual([0, 1_000]);
});

test('keys do not share a bucket, and an idle one is full at most', () => {
  const buckets = create(2);
  buckets.charge('alice', 2);
  expect([buckets.take('alice') > 0, buckets.take('bob')]).toEqual([true, 0]);
  now += 3_600_000;
  expect([buckets.take('alice'), buckets.take('alice'), buckets.take('alice') > 0]).toEqual([0, 0, true]);
});

test('an amount above the rate is admitted once, and is a debt', () => {
  const buckets = create(100);
  expect(buckets.take('alice', 500)).toBe(0);
  expect(buckets.waitMs('alice')).toBe(((1 + 400) * 60_000) / 100);
});

test('a refused request takes no token', () => {
  const buckets = create(1);
  buckets.take('alice');
  const waits = Array.from({ length: 10 }, () => buckets.take('alice'));
  expect(new Set(waits)).toEqual(new Set([60_000]));
});
