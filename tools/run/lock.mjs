import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The content of a lock file. The kernel reuses a pid, and another machine or container that shares the clone has
 * other processes under the same pids.
 *
 * @typedef {{ pid: number, startedAt: string, host: string }} Owner
 * @typedef {{ report: (line: string) => void, noticeMs: number, heartbeatMs: number, silenceMs: number }} LockOptions
 */

/** The start time on Windows, where no program prints it quickly: the silence of the owner decides there as well. */
const UNKNOWN = 'unknown';

/** @type {LockOptions} */
const DEFAULTS = {
  report: (line) => process.stderr.write(`${line}\n`),
  noticeMs: 2000,
  heartbeatMs: 1000,
  silenceMs: 10_000,
};

/**
 * Runs `work` while holding a lock file, so that one process at a time does so. A lock is stale, and is replaced, when
 * its process has ended or its content names no process. The owner touches the file every second: a lock of another
 * host, where no process can be checked, is stale when it stays untouched for 10 s.
 *
 * @param {string} file
 * @param {() => Promise<void>} work
 * @param {Partial<LockOptions>} options `report` gets one line when the wait exceeds 2 s
 */
export async function withLock(file, work, options = {}) {
  const { heartbeatMs, ...rest } = { ...DEFAULTS, ...options };
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify(describeProcess());
  await take(file, mine, rest);
  const heartbeat = setInterval(() => touch(file), heartbeatMs);
  const release = () => {
    clearInterval(heartbeat);
    if (read(file) === mine) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/**
 * @param {string} file
 * @param {string} mine
 * @param {Omit<LockOptions, 'heartbeatMs'>} options
 */
async function take(file, mine, { report, noticeMs, silenceMs }) {
  const startedAt = performance.now();
  let isReported = false;
  let last = { state: '', at: startedAt };
  while (!create(file, mine)) {
    const content = read(file);
    const now = performance.now();
    const state = `${content} ${touchedAt(file)}`;
    // The time since the last change that this process saw: clocks of two hosts differ.
    if (state !== last.state) last = { state, at: now };
    if (isStale(content, now - last.at > silenceMs)) {
      remove(file, content);
      continue;
    }
    if (!isReported && now - startedAt > noticeMs) {
      report(
        `Waiting for ${describe(parseOwner(content))}, which installs or compiles this clone. Its lock: ${file}`,
      );
      isReported = true;
    }
    await sleep(100);
  }
}

/** @param {string} file @param {string} content @returns {boolean} whether this process now holds the lock */
function create(file, content) {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (['EEXIST', 'EISDIR'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * @param {string | undefined} content
 * @param {boolean} isSilent whether the file stayed untouched for the whole period
 */
function isStale(content, isSilent) {
  // Released since, or created but not written yet.
  if (content === undefined || content === '') return isSilent;
  const owner = parseOwner(content);
  if (owner === undefined) return true;
  if (owner.host !== describeHost() || owner.startedAt === UNKNOWN) return isSilent;
  return startTime(owner.pid) !== owner.startedAt;
}

/**
 * Removes a stale lock. Two waiting processes may both find it stale, and one may already hold a new lock: the rename
 * gives the file to one of them, which puts a new lock back.
 *
 * @param {string} file
 * @param {string | undefined} stale
 */
function remove(file, stale) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // removed since
  }
  const content = read(aside);
  if (content !== stale && content !== undefined) create(file, content);
  rmSync(aside, { recursive: true, force: true });
}

/** @returns {Owner} */
function describeProcess() {
  return { pid: process.pid, startedAt: startTime(process.pid) ?? UNKNOWN, host: describeHost() };
}

/** The host's name and, on Linux, the pid namespace: containers of one host may share its name. */
function describeHost() {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * The start time of a running process; undefined when no such process runs, and on Windows. It equals the one of
 * tools/local/process-files.ts, which is not compiled yet when this program runs.
 *
 * @param {number} pid
 * @returns {string | undefined}
 */
function startTime(pid) {
  if (process.platform === 'linux') {
    const stat = read(`/proc/${pid}/stat`) ?? '';
    // Field 2 is the program name in parentheses; the name may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    const boot = read('/proc/sys/kernel/random/boot_id') ?? '';
    return start === undefined || state === 'Z' ? undefined : `${boot.trim()} ${start}`;
  }
  if (process.platform === 'win32') return undefined;
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return (
    spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' }).stdout?.trim() ||
    undefined
  );
}

/** @param {string | undefined} content @returns {Owner | undefined} undefined when it names no process */
function parseOwner(content) {
  try {
    const { pid, startedAt, host } = /** @type {Owner} */ (JSON.parse(content ?? ''));
    const isOwner =
      Number.isSafeInteger(pid) && pid > 0 && typeof startedAt === 'string' && typeof host === 'string';
    return isOwner ? { pid, startedAt, host } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Owner | undefined} owner */
function describe(owner) {
  if (owner === undefined) return 'another process';
  const name = owner.host.split(' ')[0];
  return `process ${owner.pid}${owner.host === describeHost() ? '' : ` on the host ${name}`}`;
}

/** @param {string} file @returns {string | undefined} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Removed: the next process that waits takes the lock.
  }
}

/** @param {string} file */
function touchedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
