import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { canMeasureProcesses, cpuPer, cpuUsed, MemorySampler } from './measure.js';

const self = { name: 'self', pid: process.pid, withDescendants: false };
const family = { name: 'family', pid: process.pid, withDescendants: true };

/** A tenth of a second of CPU in a child, which has ended when this returns. */
function runCpuBoundChild(): void {
  const program = 'const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end);';
  execFileSync(process.execPath, ['-e', program]);
}

test.runIf(canMeasureProcesses)(
  'the CPU of a child that has ended stays counted',
  { timeout: 30_000 },
  () => {
    const before = cpuUsed([family]);
    runCpuBoundChild();
    expect(cpuPer(1, before, cpuUsed([family]))['family']).toBeGreaterThan(90_000);
  },
);

test.runIf(canMeasureProcesses)('CPU is told per one of what was done', () => {
  expect(cpuPer(10, { order: 1_000 }, { order: 6_000 })).toEqual({ order: 500 });
});

test.runIf(canMeasureProcesses)('a process that is gone is an error, not an idle one', () => {
  expect(() => cpuUsed([{ name: 'gone', pid: 2 ** 22 + 1, withDescendants: false }])).toThrow('is gone');
});

test.runIf(canMeasureProcesses)('the memory of this process is what Node.js says it is', () => {
  const { self: mb = 0 } = new MemorySampler([self]).stop();
  const rss = process.memoryUsage.rss() / 1024 / 1024;
  expect(Math.abs(mb - rss) / rss).toBeLessThan(0.1);
});
