import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort } from './servers.js';

const PATH = [
  '/usr/sbin/pgbouncer',
  '/usr/bin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
];

/** The installed PgBouncer; undefined when there is none. */
export const pgbouncer = PATH.find((path) => spawnSync(path, ['--version']).status === 0);

/**
 * Starts the installed PgBouncer in front of the server of `url`, and ends it when the test is over.
 *
 * @param settings lines of the section `[pgbouncer]`: `{ pool_mode: 'session' }`
 * @returns `url` with the address of PgBouncer
 */
export async function startPgbouncer(
  url: string,
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const listenPort = await freePort();
  const server = `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`;
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(listenPort),
    unix_socket_dir: '',
    auth_type: 'any',
    ...(process.getuid?.() === 0 && { user: 'nobody' }), // it refuses to run as root
    ...settings,
  };
  const file = join(folder, 'pgbouncer.ini');
  const section = Object.entries(lines).map(([name, value]) => `${name} = ${value}`);
  await writeFile(file, `[databases]\n* = ${server}\n[pgbouncer]\n${section.join('\n')}\n`);
  await chmod(folder, 0o755);
  const child = spawn(pgbouncer!, ['--quiet', file], { stdio: 'ignore' });
  onTestFinished(async () => {
    await stop(child);
    await rm(folder, { recursive: true });
  });
  await expect.poll(() => accepts(listenPort)).toBe(true);
  return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(listenPort), pathname }).href;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [connected] = await Promise.allSettled([once(socket, 'connect')]);
  socket.destroy();
  return connected.status === 'fulfilled';
}
