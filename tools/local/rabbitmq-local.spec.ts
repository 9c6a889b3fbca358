import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { locateRabbitmq } from './rabbitmq-local.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'locate-'));
  vi.stubEnv('PATH', join(root, 'path'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

function scripts(folder: string, ...names: string[]): string {
  const path = join(root, folder);
  mkdirSync(path, { recursive: true });
  for (const name of names) writeFileSync(join(path, name), '');
  return path;
}

function locate(): Promise<string | undefined> {
  return locateRabbitmq({ folders: [join(root, 'package')], parents: [join(root, 'opt')] });
}

test('the highest installed version wins', async () => {
  scripts('opt/rabbitmq_server-3.13.7/sbin', 'rabbitmq-server', 'rabbitmq-env');
  const highest = scripts('opt/rabbitmq_server-4.10.0/sbin', 'rabbitmq-server', 'rabbitmq-env');
  scripts('opt/rabbitmq_server-4.2.1/sbin', 'rabbitmq-server', 'rabbitmq-env');
  expect(await locate()).toBe(highest);
});

test('package folders precede version folders, and both precede PATH', async () => {
  const path = scripts('path', 'rabbitmq-server', 'rabbitmq-env');
  expect(await locate()).toBe(path);
  const version = scripts('opt/rabbitmq_server-4.0.5/sbin', 'rabbitmq-server', 'rabbitmq-env');
  expect(await locate()).toBe(version);
  const packaged = scripts('package', 'rabbitmq-server', 'rabbitmq-env');
  expect(await locate()).toBe(packaged);
});

test('a wrapper without rabbitmq-env beside it is ignored', async () => {
  scripts('path', 'rabbitmq-server');
  expect(await locate()).toBeUndefined();
});
