import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('bin/check-clone', import.meta.url));
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check clone-'));
  file = join(folder, 'clone');
  // Replaces the endless sleep of the container.
  await writeFile(join(folder, 'sleep'), '#!/bin/sh\n');
  await chmod(join(folder, 'sleep'), 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

async function check(clone: string, moved = 'false'): Promise<string> {
  const env = { PATH: `${folder}:${process.env['PATH']}`, CLONE: clone, CLONE_MOVED: moved };
  const child = spawn('bash', [script, file], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  const [output] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(child.exitCode).toBe(output === '' ? 0 : 1);
  return output;
}

test.each([
  ['', '/home/li/订单处理', '/home/li/订单处理'],
  ['/home/li/订单处理', '', '/home/li/订单处理'],
  ['/home/li/订单处理', '/home/li/订单处理', '/home/li/订单处理'],
  ['/home/li/Shop Demo', '/home/li/Shop Demo/deploy', '/home/li/Shop Demo'],
  ['/home/li/Shop Demo/deploy', '/home/li/Shop Demo', '/home/li/Shop Demo'],
  ['/srv/a*b', '/srv/a*b', '/srv/a*b'],
])('a shop of %j is continued from %j', async (owner, clone, recorded) => {
  await writeFile(file, owner);
  expect(await check(clone)).toBe('');
  expect(await readFile(file, 'utf8')).toBe(recorded);
});

test.each([
  ['/home/li/订单处理', '/home/li/订单处理2'],
  ['/home/li/Shop Demo', '/home/li/Shop'],
  ['/srv/a*b', '/srv/axb'],
])('a shop of %j is not continued from %j, unless it was moved', async (owner, clone) => {
  await writeFile(file, owner);
  expect(await check(clone)).toContain(
    `belongs to the clone in ${owner}, and keeps running. This clone is in ${clone}.`,
  );
  expect(await readFile(file, 'utf8')).toBe(owner);
  expect(await check(clone, 'true')).toBe('');
  expect(await readFile(file, 'utf8')).toBe(clone);
});
