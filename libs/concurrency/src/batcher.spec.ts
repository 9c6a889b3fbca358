import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Batcher, BatcherFullError } from './batcher.js';

/** A run that waits until it is told to go on, and remembers what it was given. */
class Gate {
  readonly batches: number[][] = [];
  private readonly blocked: (() => void)[] = [];
  private startListeners: (() => void)[] = [];

  readonly run = async (items: readonly number[]): Promise<number[]> => {
    this.batches.push([...items]);
    for (const arrived of this.startListeners.splice(0)) arrived();
    await new Promise<void>((resolve) => this.blocked.push(resolve));
    return items.map((item) => item * 10);
  };

  /** Resolves when `count` batches have begun. */
  async waitForBatches(count: number): Promise<void> {
    while (this.batches.length < count)
      await new Promise<void>((resolve) => this.startListeners.push(resolve));
  }

  open(): void {
    for (const go of this.blocked.splice(0)) go();
  }
}

const bounds = { batchSizeMax: 100, queueSizeMax: 100, concurrency: 1 };

test('items of one turn of the event loop are one batch, and an idle batcher waits for no others', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, run: gate.run });
  const results = Promise.all([batcher.submit(1), batcher.submit(2), batcher.submit(3)]);
  await gate.waitForBatches(1);
  gate.open();
  expect(await results).toEqual([10, 20, 30]);
  expect(gate.batches).toEqual([[1, 2, 3]]);
});

test('what gathers while a batch is under way is the next batch', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, run: gate.run });
  const first = batcher.submit(1);
  await gate.waitForBatches(1);
  const others = [2, 3, 4].map((item) => batcher.submit(item));
  gate.open();
  expect(await first).toBe(10);
  await gate.waitForBatches(2);
  gate.open();
  expect(await Promise.all(others)).toEqual([20, 30, 40]);
  expect(gate.batches).toEqual([[1], [2, 3, 4]]);
});

test('no batch is larger than its bound', async () => {
  const run = (items: readonly number[]): Promise<number[]> => Promise.resolve(items.map(() => items.length));
  const batcher = new Batcher({ ...bounds, batchSizeMax: 2, run });
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)))).toEqual([2, 2, 2, 2, 1]);
});

test('as many batches are under way at once as allowed', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, batchSizeMax: 1, concurrency: 2, run: gate.run });
  const results = [1, 2, 3].map((item) => batcher.submit(item));
  await gate.waitForBatches(2);
  expect(gate.batches).toEqual([[1], [2]]);
  gate.open();
  await gate.waitForBatches(3);
  gate.open();
  expect(await Promise.all(results)).toEqual([10, 20, 30]);
});

test('one more than may wait is refused, and those that wait are served', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, queueSizeMax: 2, run: gate.run });
  const running = batcher.submit(1);
  await gate.waitForBatches(1);
  const waiting = [batcher.submit(2), batcher.submit(3)];
  await expect(batcher.submit(4)).rejects.toBeInstanceOf(BatcherFullError);
  gate.open();
  await gate.waitForBatches(2);
  gate.open();
  expect(await Promise.all([running, ...waiting])).toEqual([10, 20, 30]);
});

test('each caller gets its own error, and nobody else’s', async () => {
  const run = (items: readonly number[]): Promise<number[]> =>
    items.includes(2) ? Promise.reject(new Error('2 is not wanted')) : Promise.resolve([...items]);
  const batcher = new Batcher({ ...bounds, run });
  const settled = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
  expect(settled).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('2 is not wanted') },
    { status: 'fulfilled', value: 3 },
  ]);
});

test('a transient failure is tried again as often as allowed, and then told to every caller', async () => {
  const failures: unknown[] = [];
  const transient = Object.assign(new Error('deadlock'), { code: '40P01' });
  const run = (): Promise<number[]> => {
    failures.push(transient);
    return Promise.reject(transient);
  };
  const batcher = new Batcher({ ...bounds, retriesMax: 3, run });
  const settled = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
  expect(settled).toEqual([
    { status: 'rejected', reason: transient },
    { status: 'rejected', reason: transient },
  ]);
  expect(failures).toHaveLength(1 + 3);
});

test('a batcher that has failed goes on', async () => {
  let failing = true;
  const run = (items: readonly number[]): Promise<number[]> =>
    failing ? Promise.reject(new Error('no')) : Promise.resolve([...items]);
  const batcher = new Batcher({ ...bounds, run });
  await expect(batcher.submit(1)).rejects.toThrow('no');
  failing = false;
  expect(await batcher.submit(2)).toBe(2);
});

test('of workers that have rested together, one takes what there is, and the other runs nothing', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, concurrency: 2, run: gate.run });
  const results = [batcher.submit(1)];
  await gate.waitForBatches(1);
  results.push(batcher.submit(2));
  await gate.waitForBatches(2);
  await delay(5); // a batch so long that the next one is to rest
  results.push(batcher.submit(3));
  gate.open();
  await gate.waitForBatches(3);
  gate.open();
  expect(await Promise.all(results)).toEqual([10, 20, 30]);
  await delay(15); // the longest rest
  expect(gate.batches).toEqual([[1], [2], [3]]);
});
