import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { onShutdown } from './shutdown.js';

// What is left of it would end the process of the tests: the time limit, and its listeners for a third signal.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
});

test('told to end, a process closes what it has in reverse order, then exits; Ctrl-C passed on twice is one', async () => {
  const exited = new Promise<unknown>((resolve) => {
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      resolve(code);
      return undefined as never;
    });
  });
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const closed: string[] = [];
  onShutdown(async () => void closed.push('database'));
  onShutdown(() => Promise.reject(new Error('stuck')));
  onShutdown(async () => void closed.push('service'));
  const takenBack = onShutdown(async () => void closed.push('taken back'));
  takenBack();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  expect(await exited).toBe(130);
  expect(closed).toEqual(['service', 'database']);
  expect(process.exit).toHaveBeenCalledTimes(1);
});
