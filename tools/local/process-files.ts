import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process that may be long gone, and its pid somebody else's: the two together name one process only. */
export interface ProcessRecord {
  pid: number;
  startedAt: string;
}

/** The record of a process that runs now; undefined when there is none. */
export async function readProcessRecord(pid: number): Promise<ProcessRecord | undefined> {
  const startedAt = await readStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the very process that was recorded still runs. */
export async function isAlive({ pid, startedAt }: ProcessRecord): Promise<boolean> {
  return (await readStartTime(pid)) === startedAt;
}

/** Sends a signal to a process and all of its group (just the process where there are no groups). */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends the process that was recorded, if it still runs, and waits until it is gone; with SIGKILL after 5 s. */
export async function terminateRecorded(record: ProcessRecord, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(record))) return;
  signalGroup(record.pid, signal);
  for (let waitedMs = 0; await isAlive(record); waitedMs += 50) {
    if (waitedMs === 5000) signalGroup(record.pid, 'SIGKILL');
    if (waitedMs > 10_000) throw new Error(`process ${record.pid} does not end`);
    await sleep(50);
  }
}

async function readStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readStartTimeOnLinux(pid);
  if (process.platform === 'win32') return processExists(pid) ? 'unknown' : undefined;
  const ps = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined);
  return ps?.stdout.trim() || undefined;
}

/** In clock ticks since the boot, so the boot belongs to it (proc(5)). A zombie counts as gone. */
async function readStartTimeOnLinux(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
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
