import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, onTestFinished, test } from 'vitest';

import { freePort } from '../local/ports.js';
import { ServiceProcess } from '../local/service-process.js';
import { SupervisedProcess } from './supervised-process.js';

const folder = mkdtempSync(join(tmpdir(), 'supervised-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entry = join(folder, 'main.cjs');
writeFileSync(
  entry,
  `const { appendFileSync } = require('node:fs');
   const { createServer } = require('node:http');
   const server = createServer((request, response) => {
     response.end();
     if (request.url === '/crash') process.exit(3);
   });
   server.listen(Number(process.env.PORT), '127.0.0.1', () => appendFileSync(process.env.PIDS, process.pid + '\\n'));
   process.on('SIGTERM', () => process.exit(0));`,
);

async function startSupervised() {
  const port = await freePort();
  const pidsFile = join(folder, `${port}.pids`);
  const service = await ServiceProcess.start({
    name: 'order',
    url: `http://127.0.0.1:${port}`,
    entry,
    env: { PORT: String(port), PIDS: pidsFile },
    logFile: join(folder, `${port}.log`),
  });
  const supervised = new SupervisedProcess('order 1', service);
  onTestFinished(() => supervised.stop());
  const crash = async (): Promise<void> => {
    const { exited } = service;
    await fetch(`${service.url}/crash`).catch(() => {});
    await exited;
  };
  return {
    service,
    supervised,
    crash,
    pids: () => readFileSync(pidsFile, 'utf8').trim().split('\n').map(Number),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a crashed process restarts, and its exit is recorded', async () => {
  const { service, supervised, crash } = await startSupervised();
  await crash();
  await expect.poll(() => service.isRunning).toBe(true);
  await supervised.start();
  expect(supervised.unexpectedExits).toEqual([expect.stringContaining('exit code 3')]);
});

test('a killed process stays down until start', async () => {
  const { service, supervised } = await startSupervised();
  await supervised.kill();
  expect(service.isRunning).toBe(false);
  await supervised.start();
  expect(service.isRunning).toBe(true);
  expect(supervised.unexpectedExits).toEqual([]);
});

test('kill and start during a restart leave one process', async () => {
  const { supervised, crash, pids } = await startSupervised();
  await crash();
  await supervised.kill();
  await supervised.start();
  expect(pids().filter(isRunning)).toHaveLength(1);
  await supervised.stop();
  expect(pids().filter(isRunning)).toEqual([]);
});

test('stop during a restart leaves no process', async () => {
  const { supervised, crash, pids } = await startSupervised();
  await crash();
  await supervised.stop();
  expect(pids().filter(isRunning)).toEqual([]);
});
