import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EveryItemFailedError, settleBatch } from './settle-batch.js';

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

describe('when every item fails alone with the same error', () => {
  const timeout = Object.assign(new Error('canceling statement'), { code: '57014' });
  const failing =
    (isBad: (item: number) => boolean, failure: (item: number) => Error) =>
    (items: readonly number[]): Promise<number[]> => {
      const bad = items.find(isBad);
      return bad === undefined ? Promise.resolve([...items]) : Promise.reject(failure(bad));
    };
  const always = () => true;

  test('the batch rejects with that error as its cause', async () => {
    const settled = settleBatch(
      [1, 2, 3],
      failing(always, () => timeout),
    );
    await expect(settled).rejects.toThrow(EveryItemFailedError);
    await expect(settled).rejects.toMatchObject({ failed: 3, cause: timeout });
    const defect = settleBatch(
      [1, 2],
      failing(always, () => new TypeError('x is not a function')),
    );
    await expect(defect).rejects.toThrow(EveryItemFailedError);
  });

  test('a neighbour that succeeds shows which items are at fault', async () => {
    const settled = await settleBatch(
      [1, 2, 3],
      failing(
        (item) => item !== 2,
        () => timeout,
      ),
    );
    expect(settled).toEqual([{ error: timeout }, { value: 2 }, { error: timeout }]);
  });

  test('a fault that ends or begins meanwhile is not the items’ own', async () => {
    let runs = 0;
    const until = (end: number) => (items: readonly number[]) =>
      ++runs <= end ? Promise.reject(timeout) : Promise.resolve([...items]);
    expect(await settleBatch([1, 2, 3], until(2))).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
    runs = 0;
    const from = (begin: number) => (items: readonly number[]) =>
      ++runs === 1 || runs >= begin ? Promise.reject(timeout) : Promise.resolve([...items]);
    await expect(settleBatch([1, 2, 3], from(3))).rejects.toThrow(EveryItemFailedError);
  });

  test('a neighbour that succeeds lets the remaining items share a run', async () => {
    const sizes: number[] = [];
    const run = failing(
      (item) => item === 1,
      () => timeout,
    );
    const settled = await settleBatch([1, 2, 3, 4, 5], (items) => {
      sizes.push(items.length);
      return run(items);
    });
    expect(settled.map((outcome) => 'value' in outcome)).toEqual([false, true, true, true, true]);
    expect(sizes).toEqual([5, 1, 1, 3, 1, 1]);
  });

  test('different errors, and permanent ones, are the items’ own', async () => {
    const own = (item: number): Error => new Error(`item ${item}`);
    expect(await settleBatch([1, 2], failing(always, own))).toHaveLength(2);
    const permanent = Object.assign(new Error('no'), { permanent: true });
    expect(
      await settleBatch(
        [1, 2],
        failing(always, () => permanent),
      ),
    ).toHaveLength(2);
  });

  test('a lone item with an unclear error of the database rejects', async () => {
    await expect(
      settleBatch(
        [1],
        failing(always, () => timeout),
      ),
    ).rejects.toThrow(EveryItemFailedError);
  });

  test('items known to be at fault say nothing about the system', async () => {
    const run = failing(always, () => timeout);
    const isKnownAtFault = (item: number): boolean => item < 3;
    expect(await settleBatch([1], run, { isKnownAtFault })).toEqual([{ error: timeout }]);
    expect(await settleBatch([1, 2], run, { isKnownAtFault })).toEqual([
      { error: timeout },
      { error: timeout },
    ]);
    await expect(settleBatch([1, 2, 3], run, { isKnownAtFault })).rejects.toThrow(EveryItemFailedError);
  });

  test('slow failures decide after two items, and each repetition starts with another', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const alone: number[] = [];
    const slow = async (items: readonly number[]): Promise<number[]> => {
      if (items.length === 1) alone.push(items[0]!);
      if (items.length === 1 && items[0] === 7) return [7];
      vi.advanceTimersByTime(10_000);
      return Promise.reject(timeout);
    };
    const items = [1, 2, 3, 7];
    await expect(settleBatch(items, slow)).rejects.toThrow(EveryItemFailedError);
    expect(alone).toEqual([1, 2]);
    const settled = await settleBatch(items, slow, { firstAlone: 3 });
    expect(settled.map((outcome) => 'value' in outcome)).toEqual([false, false, false, true]);
  });
});
