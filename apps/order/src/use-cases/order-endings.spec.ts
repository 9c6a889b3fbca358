import { expect, test } from 'vitest';
import { placeOrder } from '../domain/order-process.js';
import { endingFor } from './order-endings.js';

const pending = placeOrder('o-1');
const confirmed = { ...pending, status: 'confirmed' } as const;
const cancelling = { ...pending, status: 'cancelling' } as const;

test.each([
  ['completed', confirmed, { ...confirmed, status: 'completed' } as const, ['completed']],
  [
    'cancelled',
    cancelling,
    { ...cancelling, status: 'cancelled', payment: 'voided' } as const,
    ['cancelled'],
  ],
  [
    'refunded',
    cancelling,
    { ...cancelling, status: 'cancelled', payment: 'refunded' } as const,
    ['refunded'],
  ],
  ['an order that continues', pending, confirmed, []],
  ['a report of a cancelling order', cancelling, { ...cancelling, stock: 'released' } as const, []],
])('%s', (_, before, after, outcomes) => {
  expect(endingFor(before, after, 2)).toEqual(outcomes.map((outcome) => ({ outcome, seconds: 2 })));
});
