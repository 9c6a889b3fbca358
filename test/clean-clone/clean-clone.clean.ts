import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

/** The ports a reader is most likely to have in use. */
const COMMON_PORTS = [3000, 5432, 5672, 15_672];
/** `nobody`: an ordinary user that every Unix has. */
const NOBODY_UID = 65_534;

const isRoot = process.getuid?.() === 0;
const execute = promisify(execFile);

interface CleanUser {
  readonly description: string;
  /** Where the clone is made. */
  readonly parent: string;
  readonly uid?: number;
}

const cleanUsers: readonly CleanUser[] = isRoot
  ? [
      { description: 'root, in the home directory of root', parent: homedir() },
      { description: 'an ordinary user, in a path with a blank', parent: tmpdir(), uid: NOBODY_UID },
    ]
  : [{ description: 'an ordinary user', parent: tmpdir() }];

let occupiedPorts: Server[];

beforeAll(async () => {
  occupiedPorts = await Promise.all(COMMON_PORTS.map(occupyPort));
});

afterAll(async () => {
  await Promise.all(occupiedPorts.map((server) => new Promise((resolve) => server.close(resolve))));
});

describe.each(cleanUsers)('in a clean clone, with the common ports taken: $who', (newcomer) => {
  let folder: string;
  let clone: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(newcomer.parent, 'start from bare '));
    clone = join(folder, 'order processing');
    if (newcomer.uid !== undefined) await chown(folder, newcomer.uid, newcomer.uid);
    const owned = ['-c', 'safe.directory=*', 'clone', '--quiet', REPOSITORY_ROOT, clone];
    await execute('git', owned);
    if (newcomer.uid !== undefined) await execute('chown', ['-R', `${newcomer.uid}:${newcomer.uid}`, folder]);
  });

  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

  it('npm run demo installs, plays every step as promised, and leaves nothing running', async () => {
    const { code, output } = await npm(['run', 'demo', '--', '--lang', 'en']);
    expect(code, output).toBe(0);
    expect(output).not.toContain('✗');
    expect(await listProcesses(clone)).toEqual([]);
  });

  it('npm test sets itself up, and ends with the count', async () => {
    const { code, output } = await npm(['test', '--', 'libs/inbox', 'apps/order/src/domain']);
    expect(code, output).toBe(0);
    expect(output.trimEnd()).toMatch(/^\d+ passed, 0 failed$/m);
    expect(await listProcesses(clone)).toEqual([]);
  });

  /** Runs npm as the newcomer would, with nothing of our environment but what a shell has. */
  async function npm(args: readonly string[]): Promise<{ code: number | null; output: string }> {
    const { PATH = '', LANG = 'C.UTF-8', NODE_EXTRA_CA_CERTS = '' } = process.env;
    const child = spawn('npm', args, {
      cwd: clone,
      env: { PATH, LANG, NODE_EXTRA_CA_CERTS, HOME: newcomer.uid === undefined ? homedir() : folder },
      ...(newcomer.uid !== undefined && { uid: newcomer.uid, gid: newcomer.uid }),
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

/** Holds a port, or finds that somebody else does: either way it is taken. */
function occupyPort(port: number): Promise<Server> {
  const server = createServer((connection) => connection.destroy());
  return new Promise((resolve) => {
    server.once('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** The command lines of processes that have something to do with a folder. */
async function listProcesses(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '));
}
