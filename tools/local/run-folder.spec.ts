import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

import { type ProcessRecord, readProcessRecord } from './process-files.js';
import { createRunFolderIn, removeRunFolder } from './run-folder.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const DEAD_PROCESS: ProcessRecord = { pid: process.pid, startedAt: 'at another time' };

function createEarlierRun(id: string, owner: ProcessRecord): string {
  const path = join(root, `run-${id}`);
  mkdirSync(path);
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
  return path;
}

async function startServer(pidFile: string): Promise<{ pid: number; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeFileSync(pidFile, JSON.stringify({ ...(await readProcessRecord(child.pid!)), killSignal: 'SIGKILL' }));
  return { pid: child.pid!, exited: once(child, 'exit') };
}

test('servers of a killed run are ended and its folder deleted', async () => {
  const path = createEarlierRun('1-a', DEAD_PROCESS);
  const { exited } = await startServer(join(path, 'postgresql.pid'));
  const run = await createRunFolderIn(root);
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(existsSync(path)).toBe(false);
  expect(run.staleRuns).toEqual(['1-a']);
});

test('a running run is not touched', async () => {
  const path = createEarlierRun('2-b', (await readProcessRecord(process.pid))!);
  const { pid } = await startServer(join(path, 'postgresql.pid'));
  const run = await createRunFolderIn(root);
  expect(run.staleRuns).toEqual([]);
  expect(existsSync(path)).toBe(true);
  expect(await readProcessRecord(pid)).toBeDefined();
});

test('a folder without an owner is kept for one minute', async () => {
  const path = join(root, 'run-3-c');
  mkdirSync(path);
  await createRunFolderIn(root);
  expect(existsSync(path)).toBe(true);
  const twoMinutesAgo = Date.now() / 1000 - 120;
  utimesSync(path, twoMinutesAgo, twoMinutesAgo);
  await createRunFolderIn(root);
  expect(existsSync(path)).toBe(false);
});

test('two runs of one process have separate folders, both deleted', async () => {
  const [one, two] = [await createRunFolderIn(root), await createRunFolderIn(root)];
  expect(one.path).not.toBe(two.path);
  await removeRunFolder(one);
  await removeRunFolder(two);
  expect(readdirSync(root)).toEqual([]);
});
