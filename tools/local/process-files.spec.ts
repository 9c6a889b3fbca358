import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { terminateRecorded, isAlive, readProcessRecord } from './process-files.js';

async function startIdleProcess(): Promise<{ pid: number; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  await once(child, 'spawn');
  return { pid: child.pid!, exited: once(child, 'exit') };
}

test('a recorded process is ended', async () => {
  const { pid, exited } = await startIdleProcess();
  const record = await readProcessRecord(pid);
  expect(record && (await isAlive(record))).toBe(true);
  await terminateRecorded(record!, 'SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(await isAlive(record!)).toBe(false);
  expect(await readProcessRecord(pid)).toBeUndefined();
});

test('a later process with the same pid is not ended', async () => {
  const { pid, exited } = await startIdleProcess();
  const record = await readProcessRecord(pid);
  await terminateRecorded({ pid, startedAt: 'at another time' }, 'SIGKILL');
  expect(await isAlive(record!)).toBe(true);
  process.kill(pid);
  await exited;
});
