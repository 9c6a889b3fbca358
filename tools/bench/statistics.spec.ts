import { expect, test } from 'vitest';
import { median, medianByKey, percentile } from './statistics.js';

test('the median of an odd number of values is the middle one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([7])).toBe(7);
});

test('the median of an even number is the mean of the middle two', () => {
  expect(median([1, 9, 3, 5])).toBe(4);
});

test('a percentile is one of the values', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 50)).toBe(100);
  expect(percentile(values, 99)).toBe(198);
  expect(percentile(values, 100)).toBe(200);
  expect(percentile([3], 1)).toBe(3);
});

test('median and percentile of no values are NaN', () => {
  expect(median([])).toBeNaN();
  expect(percentile([], 99)).toBeNaN();
});

test('medianByKey takes the median of each key', () => {
  expect(
    medianByKey([
      { a: 1, b: 30 },
      { a: 2, b: 10 },
      { a: 3, b: 20 },
    ]),
  ).toEqual({ a: 2, b: 20 });
});
