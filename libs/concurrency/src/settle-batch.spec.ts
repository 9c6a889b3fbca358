import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settleBatch } from './settle-batch.js';

const transient = Object.assign(new Error('deadlock'), { code: '40P01' });

/** A transaction over numbers: an odd number fails and rolls back the batch. */
function evenNumbersOnly(committed: number[], failure: (odd: number) => Error) {
  return (items: readonly number[]): Promise<number[]> => {
    const odd = items.find((item) => item % 2 === 1);
    if (odd !== undefined) return Promise.reject(failure(odd));
    committed.push(...items);
    return Promise.resolve(items.map((item) => item * 10));
  };
}

test('a batch without a bad item runs once', async () => {
  let runs = 0;
  const settled = await settleBatch([2, 4, 6], (items) => {
    runs += 1;
    return Promise.resolve(items.map(String));
  });
  expect(settled).toEqual([{ value: '2' }, { value: '4' }, { value: '6' }]);
  expect(runs).toBe(1);
});

test('a bad item fails only itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(99), { maxLength: 20 }), async (items) => {
      const committed: number[] = [];
      const settled = await settleBatch(
        items,
        evenNumbersOnly(committed, (odd) => new Error(`${odd} is odd`)),
      );
      expect(committed).toEqual(items.filter((item) => item % 2 === 0));
      expect(settled).toEqual(
        items.map((item) => (item % 2 === 0 ? { value: item * 10 } : { error: new Error(`${item} is odd`) })),
      );
    }),
  );
});

test('a transient failure of the batch rejects', async () => {
  let runs = 0;
  const run = (): Promise<never> => {
    runs += 1;
    return Promise.reject(transient);
  };
  await expect(settleBatch([1, 2, 3], run)).rejects.toBe(transient);
  expect(runs).toBe(1);
});

test('a transient failure of a single item stops the batch', async () => {
  const committed: number[] = [];
  const failure = (odd: number): Error => (odd === 3 ? transient : new Error(`${odd} is odd`));
  await expect(settleBatch([1, 2, 3, 4], evenNumbersOnly(committed, failure))).rejects.toBe(transient);
  expect(committed).toEqual([2]);
});
