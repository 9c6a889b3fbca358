import { once } from 'node:events';
import { createServer } from 'node:net';

import { afterAll, expect, test } from 'vitest';

import { waitUntil } from '../../tools/client/wait-until.js';

import { ComposeProject, docker } from './compose.js';

/** One shop that goes wrong in one way after the other, until nothing stands in its way. */
const compose = await ComposeProject.create();

afterAll(() => compose.remove());

test('too little memory: up ends before anything is made, and says how to give more', async () => {
  const little = compose.withVariables({ MEMORY_MIN_MB: '1000000000' });
  expect((await little.run('up', '--detach')).code).not.toBe(0);
  expect(await compose.logs('secrets')).toMatch(
    /Docker has \d+ MB of memory, .* MEMORY_MIN_MB=0 docker compose up/,
  );
});

test('a provisioner that fails halfway says so, and that up goes on from there', async () => {
  await compose.runOrThrow('up', '--detach', 'postgres');
  await compose.waitUntilHealthy('postgres');
  const alone = ['run', '--rm', '-T', '--no-deps', '-e', 'PROVISION_WAIT_MS=500', 'provision'];
  const { code, output } = await compose.run(...alone);
  expect(code).not.toBe(0);
  expect(output).toMatch(/the broker is unavailable/);
  expect(output).toMatch(/fix the cause above and run docker compose up, which continues/);
});

test('a port that is taken: up says which, and welcome how to choose another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const taken = compose.withVariables({ ORDER_PORT: String(port) });
  const { code, output } = await taken.run('up', '--detach');
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`:${port}\\b.*(already allocated|already in use)`));
  const said = (): Promise<string> => compose.logs('welcome');
  await waitUntil('the advice', said, (text) => text.includes('Still waiting for'), { timeoutMs: 60_000 });
  expect(await said()).toMatch(/or choose another:/);
  other.close();
});

test('with nothing in its way any more it goes on, and completes its first order', async () => {
  await compose.runOrThrow('up', '--detach', '--wait');
  expect((await compose.shop.orders()).items.map(({ status }) => status)).toEqual(['completed']);
});

test('a volume of PostgreSQL that was made with other secrets: up ends, and says how to begin anew', async () => {
  await compose.runOrThrow('down');
  const volumes = await docker('volume', 'ls', '--quiet', '--filter', `name=${compose.project}_secrets-`);
  await docker('volume', 'rm', ...volumes.split('\n'));
  expect((await compose.run('up', '--detach')).code).not.toBe(0);
  const said = await compose.logs('provision');
  expect(said).toMatch(/password authentication failed/);
  expect(said).toMatch(/delete all data and start again: docker compose down -v/);
});
