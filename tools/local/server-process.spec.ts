import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { ServerFailedError, ServerProcess } from './server-process.js';

const folder = mkdtempSync(join(tmpdir(), 'server-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

function createServer(name: string, code: string): ServerProcess {
  return new ServerProcess({
    name,
    command: process.execPath,
    args: ['-e', code],
    env: { GREETING: 'hello' },
    logFile: join(folder, `${name}.log`),
    pidFile: join(folder, `${name}.pid`),
  });
}

const DRAINS = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('up')";
const STUCK = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";

async function startServer(name: string, code: string): Promise<ServerProcess> {
  const process_ = createServer(name, code);
  await process_.start();
  await process_.waitUntil(async () => (await process_.lastLogLines()).includes('up'), 10_000);
  return process_;
}

test('a graceful shutdown returns the exit code and deletes the pid file', async () => {
  const drains = await startServer('drains', DRAINS);
  expect(existsSync(join(folder, 'drains.pid'))).toBe(true);
  expect(await drains.stop()).toBe(0);
  expect(existsSync(join(folder, 'drains.pid'))).toBe(false);
});

test('a process that ignores SIGTERM is killed after the timeout', async () => {
  const stuck = await startServer('stuck', STUCK);
  expect(await stuck.stop('SIGTERM', 100)).toBeNull();
  expect(stuck.isRunning).toBe(false);
});

test('a process that ends before it is ready fails with its log', async () => {
  const fails = createServer('fails', "console.error('no such table'); process.exit(3)");
  await fails.start();
  const waiting = fails.waitUntil(async () => false, 60_000);
  await expect(waiting).rejects.toThrow(ServerFailedError);
  await expect(waiting).rejects.toThrow('no such table');
});

test('a process that is not ready in time is killed', async () => {
  const slow = await startServer('slow', STUCK);
  await expect(slow.waitUntil(async () => false, 100)).rejects.toThrow('not ready within 0.1 s');
  expect(slow.isRunning).toBe(false);
});

test('a missing program rejects the start', async () => {
  const missing = new ServerProcess({
    name: 'missing',
    command: join(folder, 'no-such-program'),
    args: [],
    env: {},
    logFile: join(folder, 'missing.log'),
  });
  await expect(missing.start()).rejects.toThrow('missing cannot be started');
});

test('a process inherits no environment variables', async () => {
  const prints = await startServer('prints', "console.log(JSON.stringify(process.env)); console.log('up')");
  await prints.exited;
  const [line = ''] = readFileSync(join(folder, 'prints.log'), 'utf8').split('\n');
  expect(JSON.parse(line)).toEqual({ GREETING: 'hello' });
});
