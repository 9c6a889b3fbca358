import { expect, test } from 'vitest';
import { createGate } from '../../../../libs/test-support/gate.js';
import { Batcher } from './batcher.js';

test('items added during a batch form the next batch, in order', async () => {
  const batches: (readonly number[])[] = [];
  const [first, all] = [createGate(), createGate()];
  const batcher = new Batcher<number>(async (batch) => {
    batches.push(batch);
    if (batches.length === 1) await first.opened;
    if (batches.flat().length === 5) all.open();
  });
  batcher.add(1);
  batcher.add(2);
  await expect.poll(() => batches.length).toBe(1);
  for (const item of [3, 4, 5]) batcher.add(item);
  first.open();
  await all.opened;
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});
