import { once } from 'node:events';
import { createServer } from 'node:net';

import { afterAll, expect, test } from 'vitest';

import { waitUntil } from '../../tools/client/wait-until.js';

import { ComposeProject, docker } from './compose.js';

/** The tests share one project: each causes another failure of `up`, and a later one completes it. */
const compose = await ComposeProject.create();

afterAll(() => compose.remove());

test('up fails with too little memory and names the variable', async () => {
  const little = compose.withVariables({ MEMORY_MIN_MB: '1000000000' });
  expect((await little.run('up', '--detach')).code).not.toBe(0);
  expect(await compose.logs('secrets')).toMatch(
    /Docker has \d+ MB of memory, .* MEMORY_MIN_MB=0 docker compose up/,
  );
});

test('a failed provisioner names the cause and the next command', async () => {
  await compose.runOrThrow('up', '--detach', 'postgres');
  await compose.waitUntilHealthy('postgres');
  const alone = ['run', '--rm', '-T', '--no-deps', '-e', 'PROVISION_WAIT_MS=500', 'provision'];
  const { code, output } = await compose.run(...alone);
  expect(code).not.toBe(0);
  expect(output).toMatch(/the broker is unavailable/);
  expect(output).toMatch(/fix the cause above and run docker compose up, which continues/);
});

test('up names a taken port, welcome how to choose another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const taken = compose.withVariables({ ORDER_PORT: String(port) });
  const { code, output } = await taken.run('up', '--detach');
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`:${port}\\b.*(already allocated|already in use)`));
  const readLog = (): Promise<string> => compose.logs('welcome');
  await waitUntil('the hint', readLog, (text) => text.includes('Still waiting for'), { timeoutMs: 60_000 });
  expect(await readLog()).toMatch(/or choose another:/);
  other.close();
});

test('up continues after the failures and completes the first order', async () => {
  await compose.runOrThrow('up', '--detach', '--wait');
  expect((await compose.shop.orders()).items.map(({ status }) => status)).toEqual(['completed']);
});

test('up fails on a volume with other secrets', async () => {
  await compose.runOrThrow('down');
  const volumes = await docker('volume', 'ls', '--quiet', '--filter', `name=${compose.project}_secrets-`);
  await docker('volume', 'rm', ...volumes.split('\n'));
  expect((await compose.run('up', '--detach')).code).not.toBe(0);
  const log = await compose.logs('provision');
  expect(log).toMatch(/password authentication failed/);
  expect(log).toMatch(/delete all data and start again: docker compose down -v/);
});
