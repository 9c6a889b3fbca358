import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

import { type ProcessRecord, recordOf } from './process-files.js';
import { openRunFolderIn, removeRunFolder } from './run-folder.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const GONE: ProcessRecord = { pid: process.pid, startedAt: 'at another time' };

function earlierRun(id: string, owner: ProcessRecord): string {
  const path = join(root, `run-${id}`);
  mkdirSync(path);
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
  return path;
}

async function server(pidFile: string): Promise<{ pid: number; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeFileSync(pidFile, JSON.stringify({ ...(await recordOf(child.pid!)), killSignal: 'SIGKILL' }));
  return { pid: child.pid!, exited: once(child, 'exit') };
}

test('the servers of a run whose owner is gone are ended, and its folder goes', async () => {
  const path = earlierRun('1-a', GONE);
  const { exited } = await server(join(path, 'postgresql.pid'));
  const run = await openRunFolderIn(root);
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(existsSync(path)).toBe(false);
  expect(run.unfinished).toEqual(['1-a']);
});

test('a run whose owner is alive is left alone', async () => {
  const path = earlierRun('2-b', (await recordOf(process.pid))!);
  const { pid } = await server(join(path, 'postgresql.pid'));
  const run = await openRunFolderIn(root);
  expect(run.unfinished).toEqual([]);
  expect(existsSync(path)).toBe(true);
  expect(await recordOf(pid)).toBeDefined();
});

test('a folder without an owner is left alone while it is young', async () => {
  const path = join(root, 'run-3-c');
  mkdirSync(path);
  await openRunFolderIn(root);
  expect(existsSync(path)).toBe(true);
  const twoMinutesAgo = Date.now() / 1000 - 120;
  utimesSync(path, twoMinutesAgo, twoMinutesAgo);
  await openRunFolderIn(root);
  expect(existsSync(path)).toBe(false);
});

test('two runs of one process have folders of their own, gone when they end', async () => {
  const [one, two] = [await openRunFolderIn(root), await openRunFolderIn(root)];
  expect(one.path).not.toBe(two.path);
  await removeRunFolder(one);
  await removeRunFolder(two);
  expect(readdirSync(root)).toEqual([]);
});
