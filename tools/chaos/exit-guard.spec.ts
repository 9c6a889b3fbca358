import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

import { describeActiveResources, guardExit } from './exit-guard.js';

test('a child process is named with its pid', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  expect(describeActiveResources()).toContain(`child ${child.pid} ${process.execPath}`);
});

test('the process ends at the timeout and names its resources', async () => {
  const lines: string[] = [];
  await new Promise<void>((exit) => guardExit({ timeoutMs: 10, report: (line) => lines.push(line), exit }));
  expect(lines).toEqual([expect.stringMatching(/^still running after 0.01 s: \w+ × \d+/)]);
});
