import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Identifies one process. The kernel reuses a pid, so the record holds the start time as well. */
export interface ProcessRecord {
  pid: number;
  startedAt: string;
}

/** The record of the running process `pid`; undefined when no such process runs. */
export async function readProcessRecord(pid: number): Promise<ProcessRecord | undefined> {
  const startedAt = await readStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the recorded process still runs; a later process with the same pid is not it. */
export async function isAlive({ pid, startedAt }: ProcessRecord): Promise<boolean> {
  return (await readStartTime(pid)) === startedAt;
}

/** Sends `signal` to the process group `pid`; on Windows, to the process alone. An ended group is ignored. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Sends `signal` to the recorded process, if it still runs, and SIGKILL after 5 s. Resolves when it has ended.
 * @throws Error when the process still runs after 10 s
 */
export async function terminateRecorded(record: ProcessRecord, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(record))) return;
  signalGroup(record.pid, signal);
  for (let waitedMs = 0; await isAlive(record); waitedMs += 50) {
    if (waitedMs === 5000) signalGroup(record.pid, 'SIGKILL');
    if (waitedMs > 10_000) throw new Error(`process ${record.pid} still runs 10 s after ${signal}`);
    await sleep(50);
  }
}

async function readStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readStartTimeOnLinux(pid);
  if (process.platform === 'win32') return processExists(pid) ? 'unknown' : undefined;
  // One language and zone for all processes that compare the time.
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const ps = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env }).catch(
    () => undefined,
  );
  return ps?.stdout.trim() || undefined;
}

/** The boot id and the clock ticks since that boot (proc(5), field 22). A zombie counts as ended. */
async function readStartTimeOnLinux(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  // Field 2 is the program name in parentheses; the name may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return start === undefined || state === 'Z' ? undefined : `${boot.trim()} ${start}`;
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
