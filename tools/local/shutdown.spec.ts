import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { onShutdown } from './shutdown.js';

// The shutdown timeout and the signal listeners outlive the test and would end the test process.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
});

test('a signal runs handlers in reverse order, then exits once', async () => {
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
  const unregister = onShutdown(async () => void closed.push('unregistered'));
  unregister();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  expect(await exited).toBe(130);
  expect(closed).toEqual(['service', 'database']);
  expect(process.exit).toHaveBeenCalledTimes(1);
});
