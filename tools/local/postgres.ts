import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client } from 'pg';

import { Databases } from './databases.js';
import { withFreePorts } from './ports.js';
import {
  type PostgresBinaries,
  preparePostgresBinaries,
  type SystemUser,
  findPostgresUser,
} from './postgres-binaries.js';
import type { RunFolder } from './run-folder.js';
import type { ServerCertificate } from '../provision/server-certificate.js';
import { type ServerControl, ServerProcess } from './server-process.js';
import { ServerNotFoundError } from './server-not-found.js';
import { type DatabaseAccess } from '../provision/access.js';

const START_TIMEOUT_MS = 60_000;

/** A usable PostgreSQL server: an external one, or one that this process started. */
export interface PostgresInstance {
  /** `external`: named by POSTGRES_URL; only databases and roles with the run's prefix are created or dropped. */
  kind: 'external' | 'local';
  /** Printed at the start: `PostgreSQL 18.4, local, 127.0.0.1:21234`. */
  description: string;
  databases: Databases;
  access: DatabaseAccess;
  /** Stops, kills and restarts the server. Only for `local`. */
  server?: ServerControl;
  /** `external`: drops the run's databases and roles. `local`: kills the server. */
  close(): Promise<void>;
}

/**
 * Uses the server at `url`. The run's databases and roles share one name prefix and are dropped by `close`.
 * Databases and roles of stale runs are dropped first.
 * @throws {ServerNotFoundError} when the server is unreachable or refuses the login.
 */
export async function connectExternalPostgres(url: string, run: RunFolder): Promise<PostgresInstance> {
  const inRun = (id: string): Databases =>
    new Databases({ adminUrl: url, namePrefix: `op_${id.replace('-', '_')}_` });
  const databases = inRun(run.id);
  const { access } = databases;
  const version = await readVersion(url).catch((cause: Error) => {
    throw new ServerNotFoundError(`PostgreSQL at POSTGRES_URL is unavailable: ${cause.message}`, {
      cause,
    });
  });
  for (const id of run.staleRuns) await inRun(id).dropAll();
  return {
    kind: 'external',
    description: `PostgreSQL ${version}, from POSTGRES_URL, databases ${access.namePrefix}*`,
    access,
    databases,
    close: () => databases.dropAll(),
  };
}

/**
 * Starts a server on a free port of 127.0.0.1, with its data in the run's folder and `fsync` on.
 *
 * @param tls accept TLS connections as well; the server's user must own the key file
 */
export async function startLocalPostgres(run: RunFolder, tls?: ServerCertificate): Promise<PostgresInstance> {
  const user = await findPostgresUser();
  const programs = await preparePostgresBinaries(run, user);
  const password = randomBytes(16).toString('hex');
  const data = await initializeDataFolder(programs, run, password, user);
  return withFreePorts(1, async ([port = 0]) => {
    const databases = new Databases({
      adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      namePrefix: '',
    });
    const { adminUrl } = databases.access;
    const postmaster = serverProcess(run, programs, data, { port, user, tls });
    const start = async (): Promise<void> => {
      await postmaster.start();
      await postmaster.waitUntil(() => acceptsQueries(adminUrl), START_TIMEOUT_MS);
    };
    await start();
    return {
      kind: 'local',
      description: `PostgreSQL ${await readVersion(adminUrl)}, local, 127.0.0.1:${port}`,
      access: databases.access,
      databases,
      server: {
        start,
        kill: () => postmaster.kill(),
        // SIGINT is PostgreSQL's fast shutdown: it terminates sessions and writes a shutdown checkpoint.
        stop: async () => void (await postmaster.stop('SIGINT')),
      },
      // The run's folder is deleted with the data, so a clean shutdown would be wasted time.
      close: () => postmaster.kill(),
    };
  });
}

function serverProcess(
  run: RunFolder,
  { postgres }: PostgresBinaries,
  data: string,
  { port, user, tls }: { port: number; user: SystemUser | undefined; tls: ServerCertificate | undefined },
): ServerProcess {
  const overTls = tls ? ['ssl=on', `ssl_cert_file=${tls.certificate}`, `ssl_key_file=${tls.key}`] : [];
  const settings = [...SETTINGS, ...overTls];
  return new ServerProcess({
    name: 'PostgreSQL',
    command: postgres,
    args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    env: environment(),
    user,
    logFile: join(run.path, 'postgresql.log'),
    pidFile: join(run.path, 'postgresql.pid'),
    // SIGQUIT is immediate shutdown: unlike SIGKILL it releases the shared memory.
    killSignal: 'SIGQUIT',
  });
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=128MB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'log_timezone=UTC',
  'timezone=UTC',
  // Logs a line when a test leaves a transaction open and another session waits for its lock.
  'log_lock_waits=on',
];

async function initializeDataFolder(
  { initdb }: PostgresBinaries,
  run: RunFolder,
  password: string,
  user: SystemUser | undefined,
): Promise<string> {
  const home = join(run.path, 'postgresql');
  const [data, passwordFile] = [join(home, 'data'), join(home, 'password')];
  await mkdir(home, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    for (const path of [home, passwordFile]) await chown(path, user.uid, user.gid);
  }
  const args = ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // --no-sync skips fsync for initdb's files only; the server itself runs with fsync on.
  args.push('--encoding=UTF8', '--no-locale', '--no-sync');
  await promisify(execFile)(initdb, args, { env: environment(), cwd: home, ...user });
  return data;
}

function environment(): Record<string, string> {
  const inherited = ['PATH', 'SystemRoot', 'TEMP'].flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}

async function acceptsQueries(url: string): Promise<boolean> {
  return readVersion(url).then(
    () => true,
    () => false,
  );
}

async function readVersion(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {}); // the running query rejects with the same error
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version.split(' ')[0] ?? '';
  } finally {
    await client.end();
  }
}
