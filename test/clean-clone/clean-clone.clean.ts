import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

/** Ports that other programs often occupy. */
const COMMON_PORTS = [3000, 5432, 5672, 15_672];
/** An unprivileged user of every Unix. */
const UNPRIVILEGED_UID = 65_534;

const isRoot = process.getuid?.() === 0;
const execute = promisify(execFile);

interface CleanUser {
  readonly description: string;
  /** The folder that contains the clone. */
  readonly parent: string;
  /** The name of the clone's folder. */
  readonly name: string;
  /** Of `git clone` and `npm`. */
  readonly umask: string;
  readonly uid?: number;
}

const cleanUsers: readonly CleanUser[] = isRoot
  ? [
      {
        description: 'root with umask 077, in its home directory, in a folder named 订单处理',
        parent: homedir(),
        name: '订单处理',
        umask: '077',
      },
      {
        description: 'an ordinary user, in a folder named Shop Demo',
        parent: tmpdir(),
        name: 'Shop Demo',
        umask: '022',
        uid: UNPRIVILEGED_UID,
      },
    ]
  : [{ description: 'an ordinary user with umask 077', parent: tmpdir(), name: '订单 处理', umask: '077' }];

let occupiedPorts: Server[];

beforeAll(async () => {
  occupiedPorts = await Promise.all(COMMON_PORTS.map(occupyPort));
});

afterAll(async () => {
  await Promise.all(occupiedPorts.map((server) => new Promise((resolve) => server.close(resolve))));
});

describe.each(cleanUsers)('in a clean clone, with the common ports taken: $description', (user) => {
  let folder: string;
  let clone: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(user.parent, 'clean clone '));
    clone = join(folder, user.name);
    if (user.uid !== undefined) await chown(folder, user.uid, user.uid);
    await execute(
      'bash',
      withUmask('git', '-c', 'safe.directory=*', 'clone', '--quiet', REPOSITORY_ROOT, clone),
    );
    if (user.uid !== undefined) await execute('chown', ['-R', `${user.uid}:${user.uid}`, folder]);
  });

  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

  it('npm run demo installs, completes every step, leaves no process', async () => {
    const { code, output } = await npm(['run', 'demo', '--', '--lang', 'en']);
    expect(code, output).toBe(0);
    expect(output).not.toContain('✗');
    for (const line of await readReportLines()) expect(maskNumbers(output)).toContain(line);
    expect(await listProcesses(clone)).toEqual([]);
  });

  it('npm test installs, runs and prints the counts', async () => {
    const { code, output } = await npm(['test', '--', 'libs/inbox', 'apps/order/src/domain']);
    expect(code, output).toBe(0);
    expect(output.trimEnd()).toMatch(/^\d+ passed, 0 failed$/m);
    expect(await listProcesses(clone)).toEqual([]);
  });

  function withUmask(...command: readonly string[]): string[] {
    return ['--norc', '-c', `umask ${user.umask} && exec "$@"`, '--', ...command];
  }

  /** Runs npm as the user, with `PATH`, `LANG`, `HOME` and the CA certificates as its only variables. */
  async function npm(args: readonly string[]): Promise<{ code: number | null; output: string }> {
    const { PATH = '', LANG = 'C.UTF-8', NODE_EXTRA_CA_CERTS = '' } = process.env;
    const child = spawn('bash', withUmask('npm', ...args), {
      cwd: clone,
      env: { PATH, LANG, NODE_EXTRA_CA_CERTS, HOME: user.uid === undefined ? homedir() : folder },
      ...(user.uid !== undefined && { uid: user.uid, gid: user.uid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output: Buffer.concat(chunks).toString('utf8') };
  }
});

/** The lines of the auditor's report that the README shows. */
async function readReportLines(): Promise<string[]> {
  const text = await readFile(join(REPOSITORY_ROOT, 'README.md'), 'utf8');
  const [, block = ''] = /^```text\n(.*?)^```$/ms.exec(text) ?? [];
  const lines = maskNumbers(block).trim().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  return lines;
}

/** Replaces counts and times, which differ in every run, but not the names of invariants. */
function maskNumbers(text: string): string {
  return text.replaceAll(/(?<![SQ])\b\d+(\.\d+)?/g, '<n>');
}

/** Listens on a port. A port that another process already uses is left to it. */
function occupyPort(port: number): Promise<Server> {
  const server = createServer((connection) => connection.destroy());
  return new Promise((resolve) => {
    server.once('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** The command lines of all processes that name a folder. */
async function listProcesses(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '));
}
