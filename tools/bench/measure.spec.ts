import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  busyPercent,
  canMeasureProcesses,
  cpuUsed,
  increasePer,
  listServerProcesses,
  MemorySampler,
} from './measure.js';

const self = { name: 'self', pid: process.pid, withDescendants: false };
const family = { name: 'family', pid: process.pid, withDescendants: true };

/** Uses 100 ms of CPU in a child process, which has ended when the function returns. */
function runCpuBoundChild(): void {
  const program = 'const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end);';
  execFileSync(process.execPath, ['-e', program]);
}

test.runIf(canMeasureProcesses)('CPU of an ended child stays counted', { timeout: 30_000 }, () => {
  const before = cpuUsed([family]);
  runCpuBoundChild();
  expect(increasePer(1, before, cpuUsed([family]))['family']).toBeGreaterThan(90_000);
});

test('an increase is divided by the count', () => {
  expect(increasePer(10, { order: 1_000 }, { order: 6_000, payment: 20 })).toEqual({
    order: 500,
    payment: 2,
  });
});

test.runIf(canMeasureProcesses)('CPU is reported in percent of one core', () => {
  expect(busyPercent(100, { order: 0, payment: 0 }, { order: 50_000, payment: 100_000 })).toBe(150);
});

test.runIf(canMeasureProcesses)('an ended process is an error, not zero CPU', () => {
  expect(() => cpuUsed([{ name: 'gone', pid: 2 ** 22 + 1, withDescendants: false }])).toThrow('has ended');
});

test.runIf(canMeasureProcesses)('resident memory agrees with Node.js within 10 %', () => {
  const { self: mb = 0 } = new MemorySampler([self]).stop();
  const rss = process.memoryUsage.rss() / 1024 / 1024;
  expect(Math.abs(mb - rss) / rss).toBeLessThan(0.1);
});

test.runIf(canMeasureProcesses)('a container is measured if its processes are of this host', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'docker-'));
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  await writeFile(join(folder, 'rabbitmq.container'), 'broker');
  const list = async (containerId: string) => {
    const client = `#!/bin/sh\necho '${containerId} ${process.pid}'\n`;
    await writeFile(join(folder, 'docker'), client, { mode: 0o755 });
    return listServerProcesses(folder);
  };
  const ownGroup = (await readFile('/proc/self/cgroup', 'utf8')).split('\n')[0]!;
  expect(await list(ownGroup)).toEqual([{ name: 'rabbitmq', pid: process.pid, withDescendants: true }]);
  expect(await list('4711')).toEqual([]);
});
