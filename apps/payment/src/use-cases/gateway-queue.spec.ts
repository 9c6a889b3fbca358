import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gate } from '../../../../test/setup/gate.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { GatewayQueue } from './gateway-queue.js';

const TIMEOUT_MS = 1_000;
let queue: GatewayQueue;
let wakes: number;
/** The keys that were asked, in order; `answer` opens the gate of one. */
let asked: string[];
let gates: Map<string, () => void>;

beforeEach(() => {
  [asked, gates, wakes] = [[], new Map<string, () => void>(), 0];
  queue = new GatewayQueue({ concurrency: 2, waitingMax: 2, timeoutMs: TIMEOUT_MS });
  queue.serve(
    async ({ idempotencyKey }) => {
      asked.push(idempotencyKey);
      const { opened, open } = gate();
      gates.set(idempotencyKey, open);
      await opened;
    },
    () => (wakes += 1),
  );
});

afterEach(() => vi.useRealTimers());

function fillWith(...keys: readonly string[]): Promise<number> {
  return queue.fill((limit) =>
    Promise.resolve(keys.slice(0, limit).map((idempotencyKey) => ({ idempotencyKey }) as LeasedOperation)),
  );
}

async function answer(key: string): Promise<void> {
  gates.get(key)!();
  await new Promise(setImmediate);
}

test('no more are asked at once than there are places, and no more taken than wait for one turn', async () => {
  expect(await fillWith('a', 'b', 'c', 'd', 'e')).toBe(4);
  expect(asked).toEqual(['a', 'b']);
  expect(await fillWith('f')).toBe(0);
  await answer('b');
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(await fillWith('f', 'g')).toBe(1);
  for (const key of ['a', 'c', 'd', 'f']) await answer(key);
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'f']);
  expect(queue.idle).toBe(true);
});

test('more is looked for when all that was due has not been taken, and nobody waits for a place any more', async () => {
  await fillWith('a', 'b', 'c', 'd', 'e');
  await answer('a');
  expect(wakes).toBe(0);
  await answer('b');
  expect(wakes).toBe(1);
  await fillWith('e');
  for (const key of ['c', 'd', 'e']) await answer(key);
  expect(wakes).toBe(1); // nothing else was due
});

test('an operation whose lease would not outlast the question is left to whoever leases it next', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await fillWith('a', 'b', 'c');
  vi.advanceTimersByTime(TIMEOUT_MS + 1);
  await answer('a');
  expect(asked).toEqual(['a', 'b']);
  await answer('b');
  expect(queue.idle).toBe(true);
});

test('when leasing fails, there is as much room as before', async () => {
  await expect(queue.fill(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect(await fillWith('a', 'b', 'c', 'd')).toBe(4);
});

test('a closed queue takes nothing more, asks what it has, and says when it is idle', async () => {
  await fillWith('a', 'b', 'c');
  queue.close();
  expect(await fillWith('d')).toBe(0);
  await answer('a');
  await answer('b');
  expect(asked).toEqual(['a', 'b', 'c']);
  expect([queue.idle, wakes]).toEqual([false, 0]);
  await answer('c');
  expect([queue.idle, wakes]).toEqual([true, 1]);
});

test('the next is asked as soon as the gateway has answered; until the answer is stored it takes up room', async () => {
  const answered: (() => void)[] = [];
  const stored: (() => void)[] = [];
  queue.serve(
    ({ idempotencyKey }, onAnswer) => {
      asked.push(idempotencyKey);
      answered.push(onAnswer);
      return new Promise((resolve) => stored.push(resolve));
    },
    () => {},
  );
  expect(await fillWith('a', 'b', 'c', 'd')).toBe(4);
  answered[0]!();
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(await fillWith('e')).toBe(0);
  stored[0]!();
  await new Promise(setImmediate);
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(await fillWith('e')).toBe(1);
});
