import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

import { ComposeProject, docker, execute } from './compose.js';

const BUILD_TIMEOUT_MS = 900_000;

const parent = await mkdtemp(join(tmpdir(), 'clones-'));
const clone = join(parent, '订单处理');
const secondClone = join(parent, 'Shop Demo');
const image = `order-processing:umask-${process.pid}`;
/** With TLS, because certificates and TLS settings are the most files that the servers read. */
const compose = await ComposeProject.create({
  files: ['docker-compose.yml', 'compose.tls.yml'],
  env: { SHOP_IMAGE: image },
  folder: clone,
});

/** Clones the last commit as a user with a strict umask does. */
async function gitClone(folder: string): Promise<void> {
  const command = 'umask 077 && git -c safe.directory=* clone --quiet "$0" "$1"';
  const { code, output } = await execute('bash', ['-c', command, REPOSITORY_ROOT, folder]);
  if (code !== 0) throw new Error(output);
}

interface ComposeModel {
  readonly name: string;
  readonly services: Readonly<Record<string, { readonly image: string }>>;
}

/** The model that Compose reads in a folder when no variable names the project. */
async function readModel(folder: string): Promise<ComposeModel> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, PWD: folder };
  const { stdout } = await execute('docker', ['compose', 'config', '--format', 'json'], { env, folder });
  return JSON.parse(stdout) as ComposeModel;
}

beforeAll(async () => {
  // The engine reads the clone as root, the servers as their users.
  await chmod(parent, 0o700);
  await Promise.all([clone, secondClone].map(gitClone));
  const build = ['build', '--quiet', '--tag', image, '.'];
  const built = await execute('docker', build, { folder: clone, timeoutMs: BUILD_TIMEOUT_MS });
  if (built.code !== 0) throw new Error(built.output);
});

afterAll(async () => {
  await compose.remove();
  await docker('image', 'rm', '--force', image);
  await rm(parent, { recursive: true, force: true });
});

test('every folder name gives a valid project name', async () => {
  for (const folder of [clone, secondClone]) {
    const { name, services } = await readModel(folder);
    expect([name, services['order']?.image]).toEqual(['order-processing', 'order-processing']);
  }
});

test('a clone with umask 077 in a folder named 订单处理 completes orders', async () => {
  await compose.up('from a clone with umask 077, over TLS');
  expect((await compose.shop.orders()).items.map(({ status }) => status)).toEqual(['completed']);
  await compose.runOrThrow('run', '--rm', '-T', 'audit', '--wait', '60s');
});

test('a second clone in the same project is named, and harms nothing', async () => {
  const ids = await compose.containerIds('order');
  const second = compose.withVariables({}, secondClone);
  expect((await second.run('up', '--detach', '--wait')).code).not.toBe(0);
  const log = await compose.logs('clone');
  expect(log).toContain(
    `belongs to the clone in ${clone}, and keeps running. This clone is in ${secondClone}.`,
  );
  expect(log).toContain('cp deploy/compose/second-shop.env .env');
  expect(await compose.containerIds('order')).toEqual(ids);
  const { id } = await compose.shop.place(createOrderRequest('TEA-LONGJING-100G'));
  expect((await compose.shop.waitUntilEnded(id)).status).toBe('completed');
});

test('CLONE_MOVED continues with the data of the other clone', async () => {
  const { items } = await compose.shop.orders();
  const moved = compose.withVariables({ CLONE_MOVED: 'true' }, secondClone);
  await moved.runOrThrow('up', '--detach', '--wait');
  expect((await moved.shop.orders()).items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
});
