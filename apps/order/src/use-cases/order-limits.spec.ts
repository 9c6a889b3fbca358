import { expect, test } from 'vitest';

import { OrderLimits } from './order-limits.js';

const generous = { ordersPerMinute: 1_000, unitsPerMinute: 1_000_000, declinesPerMinute: 1_000 };

test('orders, units and declines of one customer are limited, not those of others', () => {
  for (const options of [{ ordersPerMinute: 2 }, { unitsPerMinute: 10 }, { declinesPerMinute: 2 }]) {
    const limits = new OrderLimits({ ...generous, ...options });
    for (let count = 0; count < 2; count += 1) {
      expect(limits.take('alice', 5)).toBe(0);
      limits.countDecline('alice');
    }
    expect(limits.take('alice', 5)).toBeGreaterThan(0);
    expect(limits.take('bob', 5)).toBe(0);
  }
});

test('the largest order is possible', () => {
  const limits = new OrderLimits({ ...generous, unitsPerMinute: 10 });
  expect(limits.take('alice', 50_000)).toBe(0);
  expect(limits.take('alice', 1)).toBeGreaterThan(60_000);
});
