import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { findRabbitmq } from './rabbitmq.js';
import { startDockerRabbitmq } from './rabbitmq-docker.js';
import type { RunFolder } from './run-folder.js';

/** A Docker client whose engine starts every container, and publishes its ports on another host. */
const CLIENT = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
case "$1 $2" in
  'context inspect') echo "\${DOCKER_HOST:-unix:///var/run/docker.sock}" ;;
  'inspect --format') echo true ;;
esac
`;

let folder: string;
const lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker client-'));
  await writeFile(join(folder, 'docker'), CLIENT);
  await chmod(join(folder, 'docker'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  vi.stubEnv('DOCKER_HOST', undefined);
  lines.length = 0;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function start(): Promise<string[]> {
  const run: RunFolder = { id: 'test', path: folder, root: folder, staleRuns: [] };
  expect(await startDockerRabbitmq(run, (line) => lines.push(line))).toBeUndefined();
  return (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n');
}

test('a required version is the tag of the image, and only a container provides it', async () => {
  const run: RunFolder = { id: 'test', path: folder, root: folder, staleRuns: [] };
  const found = findRabbitmq(run, { report: (line) => lines.push(line), assumeYes: false, version: '4.3' });
  await expect(found).rejects.toThrow('RABBITMQ_VERSION=4.3 needs a Docker engine on this host');
  const calls = (await readFile(join(folder, 'calls'), 'utf8')).split('\n');
  expect(calls.find((call) => call.startsWith('run '))).toMatch(/ rabbitmq:4\.3-management$/);
});

test('a broker whose ports are published elsewhere is noticed and removed', async () => {
  const calls = await start();
  expect(calls.at(-1)).toBe('rm --force --volumes order-processing-test');
  expect(lines).toEqual([expect.stringMatching(/publishes ports on another host .* not on 127\.0\.0\.1/)]);
});

test.each(['tcp://192.0.2.7:2375', 'ssh://me@192.0.2.7', 'tcp://[2001:db8::7]:2376'])(
  'an engine at %s is not asked for a container',
  async (host) => {
    vi.stubEnv('DOCKER_HOST', host);
    const calls = await start();
    expect(calls.filter((call) => /^(run|pull|image)/.test(call))).toEqual([]);
    expect(lines).toEqual([expect.stringContaining(host)]);
  },
);

test.each([
  'unix:///run/user/1000/docker.sock',
  'npipe:////./pipe/docker_engine',
  'tcp://localhost:2375',
  'tcp://[::1]:2375',
])('an engine at %s is asked for a container', async (host) => {
  vi.stubEnv('DOCKER_HOST', host);
  expect((await start()).some((call) => call.startsWith('run '))).toBe(true);
});
