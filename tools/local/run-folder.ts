import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { terminateRecorded, isAlive, type ProcessRecord, readProcessRecord } from './process-files.js';
import type { PidRecord } from './server-process.js';

/** One run's folder for its servers' data, logs and pid files. Deleted when the run ends. */
export interface RunFolder {
  /** Unique, also among machines that share an external server: `4711-9f3c20aa`. */
  id: string;
  path: string;
  /** The parent of `path`: shared by all runs, and kept. */
  root: string;
  /** Ids of runs that were killed before they cleaned up: external servers may still hold their resources. */
  staleRuns: string[];
}

/**
 * Creates the run's folder, after ending the servers and deleting the folders of killed runs.
 *
 * The folder lies in the clone's `.local`. It lies in /var/tmp, writable by this user only, if `.local` is not
 * writable, or if this process is root and the servers' user cannot enter the clone (as in /root).
 */
export async function createRunFolder(): Promise<RunFolder> {
  return createRunFolderIn(await dataRoot());
}

/** Same as {@link createRunFolder}, below `root`. */
export async function createRunFolderIn(root: string): Promise<RunFolder> {
  const staleRuns = await cleanStaleRuns(root);
  const id = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const path = join(root, `run-${id}`);
  await mkdir(path);
  await chmod(path, 0o755); // independent of the umask: the servers' user must be able to enter
  await writeFile(join(path, OWNER_FILE), JSON.stringify(await readProcessRecord(process.pid)));
  return { id, path, root, staleRuns };
}

/** Deletes the folder of a run whose servers have ended. On failure the next run deletes it. */
export async function removeRunFolder(run: RunFolder): Promise<void> {
  await rm(run.path, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
}

const OWNER_FILE = 'owner.json';

async function dataRoot(): Promise<string> {
  const inClone = join(REPOSITORY_ROOT, '.local');
  if (await isUsable(inClone)) return inClone;
  const uid = process.getuid?.() ?? 0;
  const name = createHash('sha256').update(`${uid} ${REPOSITORY_ROOT}`).digest('hex').slice(0, 12);
  const outside = join(process.platform === 'win32' ? tmpdir() : '/var/tmp', `order-processing-${name}`);
  await mkdir(outside, { recursive: true });
  const { uid: owner } = await lstat(outside);
  if (owner !== uid || !(await isWritable(outside)))
    throw new Error(`${outside} exists and belongs to another user`);
  await chmod(outside, 0o755);
  return outside;
}

async function isUsable(folder: string): Promise<boolean> {
  if (
    !(await mkdir(folder, { recursive: true }).then(
      () => isWritable(folder),
      () => false,
    ))
  )
    return false;
  return process.getuid?.() !== 0 || isTraversableByAll(folder);
}

/** Whether every user can enter `folder`: it and all its parents have the execute bit for others. */
export async function isTraversableByAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  return dirname(folder) === folder || isTraversableByAll(dirname(folder));
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Ends the servers of killed runs and deletes their folders. Running ones are not touched.
 * @returns the ids of those runs.
 */
async function cleanStaleRuns(root: string): Promise<string[]> {
  const ids: string[] = [];
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!name.startsWith('run-') || !(await isStale(path))) continue;
    // Two runs that start together may both clean up: a file that is already deleted is no error.
    for (const file of await readdir(path).catch(() => [])) await cleanStaleFile(join(path, file));
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    ids.push(name.slice('run-'.length));
  }
  return ids;
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.uid !== (process.getuid?.() ?? found.uid)) return false;
  const owner = await readRecord<ProcessRecord>(join(path, OWNER_FILE));
  // A folder without an owner file is being created right now, unless it is older than 60 s.
  return owner === undefined ? Date.now() - found.mtimeMs > 60_000 : !(await isAlive(owner));
}

async function cleanStaleFile(file: string): Promise<void> {
  if (file.endsWith('.pid')) {
    const record = await readRecord<PidRecord>(file);
    if (record !== undefined) await terminateRecorded(record, record.killSignal);
  }
  if (file.endsWith('.container')) {
    const name = await readFile(file, 'utf8').catch(() => '');
    if (name !== '')
      await promisify(execFile)('docker', ['rm', '--force', '--volumes', name]).catch(() => undefined);
  }
}

async function readRecord<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as T);
}
