import { afterAll, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';

import { ComposeProject, docker, execute } from './compose.js';

/** The oldest supported versions; shop.compose.ts has the newest. */
const command = await findOldestCompose();
const compose = await ComposeProject.create({
  command,
  env: { RABBITMQ_VERSION: '4.0', POSTGRES_VERSION: '17' },
});
const { shop } = compose;

afterAll(() => compose.remove());

/** Compose 1.29 if installed (`docker-compose` of Debian 12 and Ubuntu 22.04), otherwise `docker compose`. */
async function findOldestCompose(): Promise<readonly string[]> {
  for (const program of ['/usr/bin/docker-compose', 'docker-compose']) {
    const { stdout } = await execute(program, ['version', '--short']);
    if (stdout.startsWith('1.')) return [program];
  }
  return ['docker', 'compose'];
}

test('the oldest supported versions complete the first order', async () => {
  await compose.runOrThrow('up', '--detach');
  await compose.waitUntilHealthy('welcome');
  expect(await compose.runOrThrow('logs', '--no-color', 'welcome')).toContain('payment.captured');
  expect((await shop.orders()).items.map(({ status }) => status)).toEqual(['completed']);
});

test('orders survive down and up', async () => {
  const { id } = await shop.place(createOrderRequest('TEA-LONGJING-100G'));
  await shop.waitUntilEnded(id);
  await compose.runOrThrow('down');
  await compose.runOrThrow('up', '--detach');
  await compose.waitUntilHealthy('welcome');
  expect((await shop.order(id)).status).toBe('completed');
  await compose.runOrThrow('down', '--volumes');
  expect(await docker('volume', 'ls', '--quiet', '--filter', `name=${compose.project}`)).toBe('');
});
