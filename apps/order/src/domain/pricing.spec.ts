import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceOrder, totalAmountMax, type Price } from './pricing.js';

const yuan = (amount: number, priceVersion = 1): Price => ({
  price: { amount, currency: 'CNY' },
  priceVersion,
});
const euro = (amount: number): Price => ({ price: { amount, currency: 'EUR' }, priceVersion: 1 });

const catalogue = new Map([
  ['TEA', yuan(1250, 3)],
  ['CUP', yuan(990)],
  ['POT', euro(4000)],
]);

describe('pricing an order', () => {
  it('uses the price and its version in the catalogue', () => {
    expect(priceOrder([{ sku: 'TEA', quantity: 2 }], catalogue)).toEqual({
      outcome: 'priced',
      lines: [{ sku: 'TEA', quantity: 2, unitPrice: 1250, priceVersion: 3 }],
      total: { amount: 2500, currency: 'CNY' },
    });
  });

  it('keeps two lines on one SKU and counts both', () => {
    const lines = [
      { sku: 'TEA', quantity: 1 },
      { sku: 'CUP', quantity: 1 },
      { sku: 'TEA', quantity: 2 },
    ];
    const pricing = priceOrder(lines, catalogue);
    expect(pricing).toMatchObject({ outcome: 'priced', lines, total: { amount: 3 * 1250 + 990 } });
  });

  it('names every line with an unknown SKU', () => {
    const lines = ['NONE', 'TEA', 'NADA'].map((sku) => ({ sku, quantity: 1 }));
    expect(priceOrder(lines, catalogue)).toEqual({
      outcome: 'refused',
      refusal: { reason: 'unknown_sku', lines: [0, 2] },
    });
  });

  it('refuses lines in more than one currency', () => {
    const lines = ['TEA', 'POT', 'CUP'].map((sku) => ({ sku, quantity: 1 }));
    expect(priceOrder(lines, catalogue)).toEqual({
      outcome: 'refused',
      refusal: { reason: 'mixed_currencies', lines: [1] },
    });
  });

  it('refuses a total of zero or above the maximum', () => {
    const costing = (amount: number) =>
      priceOrder([{ sku: 'TEA', quantity: 1 }], new Map([['TEA', yuan(amount)]]));
    const outOfRange = { outcome: 'refused', refusal: { reason: 'total_out_of_range' } };
    expect(costing(0)).toEqual(outOfRange);
    expect(costing(1)).toMatchObject({ outcome: 'priced' });
    expect(costing(totalAmountMax)).toMatchObject({ outcome: 'priced' });
    expect(costing(totalAmountMax + 1)).toEqual(outOfRange);
    expect(costing(Number.MAX_SAFE_INTEGER)).toEqual(outOfRange);
  });

  it('totals exactly: Σ price × quantity equals its BigInt sum (S5)', () => {
    const skus = ['A', 'B', 'C'];
    const line = fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 1000 }) });
    const anyLines = fc.array(line, { minLength: 1, maxLength: 50 });
    const anyAmount = fc.oneof(fc.nat({ max: 1_000_000 }), fc.maxSafeNat());
    const anyAmounts = fc.tuple(anyAmount, anyAmount, anyAmount);
    fc.assert(
      fc.property(anyLines, anyAmounts, (lines, amounts) => {
        const prices = new Map(skus.map((sku, index) => [sku, yuan(amounts[index] ?? 0)]));
        const exact = lines.reduce((sum, { sku, quantity }) => {
          return sum + BigInt(prices.get(sku)?.price.amount ?? 0) * BigInt(quantity);
        }, 0n);
        const pricing = priceOrder(lines, prices);
        if (pricing.outcome === 'priced') expect(BigInt(pricing.total.amount)).toBe(exact);
        else expect(exact < 1n || exact > BigInt(totalAmountMax)).toBe(true);
      }),
    );
  });
});
