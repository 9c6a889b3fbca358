import { describe, expect, it } from 'vitest';
import { emptyLevel, moveUnits, receive, receivedMax } from './stock-level.js';

const tea = { sku: 'TEA', received: 10, available: 5, held: 3, deducted: 2 };

describe('a goods receipt', () => {
  it('makes received units available', () => {
    expect(receive(tea, 4)).toEqual({ outcome: 'done', level: { ...tea, received: 14, available: 9 } });
    expect(receive(emptyLevel('CUP'), 1)).toEqual({
      outcome: 'done',
      level: { sku: 'CUP', received: 1, available: 1, held: 0, deducted: 0 },
    });
  });

  it('is refused for an unlisted SKU', () => {
    expect(receive(undefined, 4)).toEqual({ outcome: 'refused', reason: 'unknown_sku' });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, receivedMax])(
    'is refused for %d units',
    (quantity) => {
      expect(receive(tea, quantity)).toEqual({ outcome: 'refused', reason: 'out_of_range' });
    },
  );

  it('may reach the maximum number of units', () => {
    expect(receive(tea, receivedMax - 10)).toMatchObject({ level: { received: receivedMax } });
  });
});

describe('moving units', () => {
  it('takes from one counter and adds to another', () => {
    expect(moveUnits(tea, 3, 'held', 'deducted')).toEqual({ ...tea, held: 0, deducted: 5 });
  });

  it('never makes a counter negative', () => {
    expect(() => moveUnits(tea, 4, 'held', 'available')).toThrow(RangeError);
  });
});
