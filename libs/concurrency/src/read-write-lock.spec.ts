import { expect, test } from 'vitest';

import { createGate } from '../../test-support/gate.js';
import { ReadWriteLock } from './read-write-lock.js';

/** Runs every callback that is due now. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('shared work runs concurrently, exclusive work alone', async () => {
  const lock = new ReadWriteLock();
  const gates = [createGate(), createGate(), createGate(), createGate()] as const;
  const started: string[] = [];
  const begin = (name: string, until: Promise<void>) => (): Promise<void> => {
    started.push(name);
    return until;
  };
  const works = [
    lock.shared(begin('shared 1', gates[0].opened)),
    lock.shared(begin('shared 2', gates[1].opened)),
    lock.exclusive(begin('exclusive 1', gates[2].opened)),
    lock.shared(begin('shared 3', gates[3].opened)),
    lock.exclusive(begin('exclusive 2', gates[3].opened)),
  ];
  await turn();
  expect(started).toEqual(['shared 1', 'shared 2']);
  gates[0].open();
  await turn();
  expect(started).toHaveLength(2);
  gates[1].open();
  await turn();
  expect(started).toEqual(['shared 1', 'shared 2', 'exclusive 1']);
  gates[2].open();
  await turn();
  expect(started.slice(3)).toEqual(['exclusive 2']);
  gates[3].open();
  await Promise.all(works);
  expect(started.at(-1)).toBe('shared 3');
});

test('failed work rejects and releases the lock', async () => {
  const lock = new ReadWriteLock();
  const fail = (): Promise<never> => Promise.reject(new Error('no'));
  await expect(lock.exclusive(fail)).rejects.toThrow('no');
  await expect(lock.shared(fail)).rejects.toThrow('no');
  expect(await lock.exclusive(() => Promise.resolve(1))).toBe(1);
  expect(await lock.shared(() => Promise.resolve(2))).toBe(2);
});
