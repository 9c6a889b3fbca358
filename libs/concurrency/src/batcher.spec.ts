import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Batcher, BatcherFullError } from './batcher.js';

/** A `run` that waits for `open` and records its batches. */
class Gate {
  readonly batches: number[][] = [];
  private readonly blocked: (() => void)[] = [];
  private startListeners: (() => void)[] = [];

  readonly run = async (items: readonly number[]): Promise<number[]> => {
    this.batches.push([...items]);
    for (const notify of this.startListeners.splice(0)) notify();
    await new Promise<void>((resolve) => this.blocked.push(resolve));
    return items.map((item) => item * 10);
  };

  /** Resolves when `count` batches have started. */
  async waitForBatches(count: number): Promise<void> {
    while (this.batches.length < count)
      await new Promise<void>((resolve) => this.startListeners.push(resolve));
  }

  open(): void {
    for (const resume of this.blocked.splice(0)) resume();
  }
}

const bounds = { batchSizeMax: 100, queueSizeMax: 100, concurrency: 1 };

test('items of one event-loop turn are one batch, run immediately', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, run: gate.run });
  const results = Promise.all([batcher.submit(1), batcher.submit(2), batcher.submit(3)]);
  await gate.waitForBatches(1);
  gate.open();
  expect(await results).toEqual([10, 20, 30]);
  expect(gate.batches).toEqual([[1, 2, 3]]);
});

test('items submitted during a batch are the next batch', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, run: gate.run });
  const first = batcher.submit(1);
  await gate.waitForBatches(1);
  const nextBatch = [2, 3, 4].map((item) => batcher.submit(item));
  gate.open();
  expect(await first).toBe(10);
  await gate.waitForBatches(2);
  gate.open();
  expect(await Promise.all(nextBatch)).toEqual([20, 30, 40]);
  expect(gate.batches).toEqual([[1], [2, 3, 4]]);
});

test('no batch exceeds batchSizeMax', async () => {
  const run = (items: readonly number[]): Promise<number[]> => Promise.resolve(items.map(() => items.length));
  const batcher = new Batcher({ ...bounds, batchSizeMax: 2, run });
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)))).toEqual([2, 2, 2, 2, 1]);
});

test('up to `concurrency` batches run at once', async () => {
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

test('an item beyond queueSizeMax is rejected', async () => {
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

test('each caller gets only its own error', async () => {
  const run = (items: readonly number[]): Promise<number[]> =>
    items.includes(2) ? Promise.reject(new Error('2 is invalid')) : Promise.resolve([...items]);
  const batcher = new Batcher({ ...bounds, run });
  const settled = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
  expect(settled).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('2 is invalid') },
    { status: 'fulfilled', value: 3 },
  ]);
});

test('a transient failure is retried retriesMax times, then rejects', async () => {
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

test('a batcher continues after a failure', async () => {
  let failing = true;
  const run = (items: readonly number[]): Promise<number[]> =>
    failing ? Promise.reject(new Error('failed')) : Promise.resolve([...items]);
  const batcher = new Batcher({ ...bounds, run });
  await expect(batcher.submit(1)).rejects.toThrow('failed');
  failing = false;
  expect(await batcher.submit(2)).toBe(2);
});

test('of two delayed workers, one takes the batch', async () => {
  const gate = new Gate();
  const batcher = new Batcher({ ...bounds, concurrency: 2, run: gate.run });
  const results = [batcher.submit(1)];
  await gate.waitForBatches(1);
  results.push(batcher.submit(2));
  await gate.waitForBatches(2);
  await delay(5); // long enough to delay the next batch
  results.push(batcher.submit(3));
  gate.open();
  await gate.waitForBatches(3);
  gate.open();
  expect(await Promise.all(results)).toEqual([10, 20, 30]);
  await delay(15); // the longest delay
  expect(gate.batches).toEqual([[1], [2], [3]]);
});
