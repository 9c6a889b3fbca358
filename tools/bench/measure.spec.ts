import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { busyPercent, canMeasureProcesses, cpuUsed, increasePer, MemorySampler } from './measure.js';

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
