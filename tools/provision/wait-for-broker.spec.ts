import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, test } from 'vitest';

import { freePort } from '../local/ports.js';
import { waitForListener } from './wait-for-broker.js';

test('the wait ends when the broker listens, or fails after its timeout', async () => {
  const port = await freePort();
  const url = `amqp://order:secret@127.0.0.1:${port}/shop`;
  await expect(waitForListener(url, 0)).rejects.toThrow(/the broker is unavailable: .*ECONNREFUSED/);

  let isListening = false;
  const reached = waitForListener(url, 10_000).then(() => isListening);
  const server = createServer((socket) => socket.destroy()).listen(
    port,
    '127.0.0.1',
    () => (isListening = true),
  );
  await once(server, 'listening');
  expect(await reached).toBe(true);
  server.close();
});
