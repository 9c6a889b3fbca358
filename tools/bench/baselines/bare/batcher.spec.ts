import { expect, test } from 'vitest';
import { createGate } from '../../../../test/setup/gate.js';
import { Batcher } from './batcher.js';

test('what arrives while a batch is in hand is the next batch, whole and in order', async () => {
  const batches: (readonly number[])[] = [];
  const [first, all] = [createGate(), createGate()];
  const turns = new Batcher<number>(async (batch) => {
    batches.push(batch);
    if (batches.length === 1) await first.opened;
    if (batches.flat().length === 5) all.open();
  });
  turns.add(1);
  turns.add(2);
  await expect.poll(() => batches.length).toBe(1);
  for (const item of [3, 4, 5]) turns.add(item);
  first.open();
  await all.opened;
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});
