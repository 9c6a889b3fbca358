import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { freePort, isPortFree, withFreePorts } from './ports.js';

async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
}

test('free ports are below the ephemeral range and unique', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a bound port is not free', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  await occupy(port);
  expect(await isPortFree(port)).toBe(false);
});

test('a port bound by another process is replaced by a new one', async () => {
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

test('a failure with all ports still free is not retried', async () => {
  let attempts = 0;
  const failing = withFreePorts(1, async () => {
    attempts += 1;
    throw new Error('no space left');
  });
  await expect(failing).rejects.toThrow('no space left');
  expect(attempts).toBe(1);
});
