import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { freePort, isPortFree, withFreePorts } from './ports.js';

async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
}

test('a free port lies below those the system hands out, and is never given twice', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a port somebody listens on is not free', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  await occupy(port);
  expect(await isPortFree(port)).toBe(false);
});

test('when somebody else took a port meanwhile, others are tried', async () => {
  const tried: number[] = [];
  const used = await withFreePorts(2, async ([first = 0]) => {
    tried.push(first);
    if (tried.length === 1) {
      await occupy(first);
      throw new Error('address already in use');
    }
    return first;
  });
  expect(tried).toHaveLength(2);
  expect(used).toBe(tried[1]);
});

test('a failure that has nothing to do with ports is not tried again', async () => {
  let attempts = 0;
  const failing = withFreePorts(1, async () => {
    attempts += 1;
    throw new Error('no space left');
  });
  await expect(failing).rejects.toThrow('no space left');
  expect(attempts).toBe(1);
});
