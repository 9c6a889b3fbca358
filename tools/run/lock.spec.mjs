import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { withLock } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
const file = join(folder, 'deep', 'setup.lock');
afterAll(() => rmSync(folder, { recursive: true }));

test('two holders run one after the other', async () => {
  let inside = 0;
  let max = 0;
  const work = async () => {
    max = Math.max(max, ++inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([withLock(file, work), withLock(file, work)]);
  expect(max).toBe(1);
  expect(existsSync(file)).toBe(false);
});

test('a lock of an ended process is released', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(file, String(pid));
  let done = false;
  await withLock(file, async () => {
    done = true;
  });
  expect(done).toBe(true);
});

test('failed work releases the lock', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('npm ci')))).rejects.toThrow('npm ci');
  expect(existsSync(file)).toBe(false);
});
