import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { endRecorded, isAlive, recordOf } from './process-files.js';

async function waiting(): Promise<{ pid: number; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  await once(child, 'spawn');
  return { pid: child.pid!, exited: once(child, 'exit') };
}

test('a process that was recorded is ended', async () => {
  const { pid, exited } = await waiting();
  const record = await recordOf(pid);
  expect(record && (await isAlive(record))).toBe(true);
  await endRecorded(record!, 'SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(await isAlive(record!)).toBe(false);
  expect(await recordOf(pid)).toBeUndefined();
});

test('a process that merely has the same pid is left alone', async () => {
  const { pid, exited } = await waiting();
  const record = await recordOf(pid);
  await endRecorded({ pid, startedAt: 'at another time' }, 'SIGKILL');
  expect(await isAlive(record!)).toBe(true);
  process.kill(pid);
  await exited;
});
