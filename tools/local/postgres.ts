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

/** A PostgreSQL to work with. */
export interface PostgresInstance {
  /** `given`: somebody else's, in which we touch only databases and roles with our prefix. */
  kind: 'external' | 'local';
  /** For the reader: `PostgreSQL 18.4, local, 127.0.0.1:21234`. */
  description: string;
  databases: Databases;
  access: DatabaseAccess;
  /** Only of a private one. */
  server?: ServerControl;
  /** Drops what is ours (given), or ends the server (private). */
  close(): Promise<void>;
}

/**
 * The server at this URL, in which everything of ours has a prefix of its own and is dropped at the end.
 * @throws {Unavailable} when it does not answer, or refuses us.
 */
export async function connectExternalPostgres(url: string, run: RunFolder): Promise<PostgresInstance> {
  const inRun = (id: string): Databases =>
    new Databases({ adminUrl: url, namePrefix: `op_${id.replace('-', '_')}_` });
  const databases = inRun(run.id);
  const { access } = databases;
  const version = await readVersion(url).catch((cause: Error) => {
    throw new ServerNotFoundError(`The PostgreSQL from POSTGRES_URL cannot be used: ${cause.message}`, {
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
 * A server of our own on a free port of 127.0.0.1, its data in the run's folder; fsync is on.
 *
 * @param tls to take connections over TLS as well; the key must be the server's own user's
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
        // SIGINT is PostgreSQL's fast shutdown: sessions are ended, the data is left clean.
        stop: async () => void (await postmaster.stop('SIGINT')),
      },
      // The data goes with the folder, so there is nothing to leave in order.
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
    // Quick, and unlike SIGKILL it gives the shared memory back.
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
  // A session that a test forgot in the middle of a transaction is worth a line.
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
  // --no-sync concerns these first files only, which go when the run ends.
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
  client.on('error', () => {}); // the statement under way rejects with it
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version.split(' ')[0] ?? '';
  } finally {
    await client.end();
  }
}
