import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGate } from '../../../../test/setup/gate.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { GatewayQueue } from './gateway-queue.js';

const TIMEOUT_MS = 1_000;
let queue: GatewayQueue;
let wakeups: number;
/** The keys that were asked, in order; `answer` opens the gate of one. */
let sent: string[];
let gates: Map<string, () => void>;

beforeEach(() => {
  [sent, gates, wakeups] = [[], new Map<string, () => void>(), 0];
  queue = new GatewayQueue({ concurrency: 2, queueSizeMax: 2, timeoutMs: TIMEOUT_MS });
  queue.start(
    async ({ idempotencyKey }) => {
      sent.push(idempotencyKey);
      const { opened, open } = createGate();
      gates.set(idempotencyKey, open);
      await opened;
    },
    () => (wakeups += 1),
  );
});

afterEach(() => vi.useRealTimers());

function fillWith(...keys: readonly string[]): Promise<number> {
  return queue.fill((limit) =>
    Promise.resolve(keys.slice(0, limit).map((idempotencyKey) => ({ idempotencyKey }) as LeasedOperation)),
  );
}

async function respond(key: string): Promise<void> {
  gates.get(key)!();
  await new Promise(setImmediate);
}

test('no more are asked at once than there are places, and no more taken than wait for one turn', async () => {
  expect(await fillWith('a', 'b', 'c', 'd', 'e')).toBe(4);
  expect(sent).toEqual(['a', 'b']);
  expect(await fillWith('f')).toBe(0);
  await respond('b');
  expect(sent).toEqual(['a', 'b', 'c']);
  expect(await fillWith('f', 'g')).toBe(1);
  for (const key of ['a', 'c', 'd', 'f']) await respond(key);
  expect(sent).toEqual(['a', 'b', 'c', 'd', 'f']);
  expect(queue.isIdle).toBe(true);
});

test('more is looked for when all that was due has not been taken, and nobody waits for a place any more', async () => {
  await fillWith('a', 'b', 'c', 'd', 'e');
  await respond('a');
  expect(wakeups).toBe(0);
  await respond('b');
  expect(wakeups).toBe(1);
  await fillWith('e');
  for (const key of ['c', 'd', 'e']) await respond(key);
  expect(wakeups).toBe(1); // nothing else was due
});

test('an operation whose lease would not outlast the question is left to whoever leases it next', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await fillWith('a', 'b', 'c');
  vi.advanceTimersByTime(TIMEOUT_MS + 1);
  await respond('a');
  expect(sent).toEqual(['a', 'b']);
  await respond('b');
  expect(queue.isIdle).toBe(true);
});

test('when leasing fails, there is as much room as before', async () => {
  await expect(queue.fill(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect(await fillWith('a', 'b', 'c', 'd')).toBe(4);
});

test('a closed queue takes nothing more, asks what it has, and says when it is idle', async () => {
  await fillWith('a', 'b', 'c');
  queue.close();
  expect(await fillWith('d')).toBe(0);
  await respond('a');
  await respond('b');
  expect(sent).toEqual(['a', 'b', 'c']);
  expect([queue.isIdle, wakeups]).toEqual([false, 0]);
  await respond('c');
  expect([queue.isIdle, wakeups]).toEqual([true, 1]);
});

test('the next is asked as soon as the gateway has answered; until the answer is stored it takes up room', async () => {
  const responded: (() => void)[] = [];
  const stored: (() => void)[] = [];
  queue.start(
    ({ idempotencyKey }, onResponse) => {
      sent.push(idempotencyKey);
      responded.push(onResponse);
      return new Promise((resolve) => stored.push(resolve));
    },
    () => {},
  );
  expect(await fillWith('a', 'b', 'c', 'd')).toBe(4);
  responded[0]!();
  expect(sent).toEqual(['a', 'b', 'c']);
  expect(await fillWith('e')).toBe(0);
  stored[0]!();
  await new Promise(setImmediate);
  expect(sent).toEqual(['a', 'b', 'c']);
  expect(await fillWith('e')).toBe(1);
});
