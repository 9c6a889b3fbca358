import { expect, test } from 'vitest';
import type { Figure } from '../bench.js';
import type { Round } from '../shop-under-load.js';
import { toFigures } from './order-flow-figures.js';

const createRound = (ordersPerSecond: number, order: number): Round => ({
  orders: 100,
  acceptedPerSecond: 2 * ordersPerSecond,
  ordersPerSecond,
  cpuUsPerOrder: { order, postgres: 10, 'gateway-simulator': 5, 'load generator': 7 },
});

function toValues(figures: readonly Figure[]): Record<string, Figure['value']> {
  return Object.fromEntries(figures.map(({ key, value }) => [key, value]));
}

test('a ratio is the median of the ratios per round', () => {
  const rounds = [
    { ours: createRound(100, 1), bare: createRound(200, 1) },
    { ours: createRound(10, 1), bare: createRound(20, 1) }, // a slow minute: both rates drop
    { ours: createRound(90, 1), bare: createRound(100, 1) },
  ];
  expect(toValues(toFigures(rounds, {}))).toMatchObject({
    orders_per_second: 90,
    bare_orders_per_second: 100,
    ratio_bare: 0.5,
  });
});

test('CPU of gateway and load generator is reported separately', () => {
  const figures = toValues(toFigures([{ ours: createRound(100, 1), textbook: createRound(50, 3) }], {}));
  expect(figures).toMatchObject({
    cpu_us_per_order: { order: 1, postgres: 10 },
    external_cpu_us_per_order: { 'gateway-simulator': 5, 'load generator': 7 },
    textbook_cpu_us_per_order: { order: 3, postgres: 10 },
  });
  expect(figures['cpu_us_per_order']).not.toHaveProperty('gateway-simulator');
});
