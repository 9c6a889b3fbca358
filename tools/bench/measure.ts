import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PidRecord } from '../local/server-process.js';

/** One line of a CPU or memory figure: a process, or a server with all its descendants. */
export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
  readonly withDescendants: boolean;
}

/** Values by the name of the measured process: CPU (user and system) in µs, or resident memory in MB. */
export type ByName = Readonly<Record<string, number>>;

/** `/proc` reports CPU time in hundredths of a second on every architecture that Node.js supports. */
const US_PER_TICK = 10_000;
const MEMORY_SAMPLE_INTERVAL_MS = 1_000;

/** False on systems without `/proc`: the report then omits CPU and memory. */
export const canMeasureProcesses = existsSync('/proc/self/stat');

export const loadGenerator: MeasuredProcess = {
  name: 'load generator',
  pid: process.pid,
  withDescendants: false,
};

/** PostgreSQL and RabbitMQ, where this run has started them as processes of this host; other servers are omitted. */
export async function listServerProcesses(folder: string): Promise<MeasuredProcess[]> {
  const servers = await Promise.all([
    readServerProcess('postgres', join(folder, 'postgresql.pid')),
    readServerProcess('rabbitmq', join(folder, 'rabbitmq.pid')),
    readContainerProcess('rabbitmq', join(folder, 'rabbitmq.container')),
  ]);
  return servers.flat();
}

async function readServerProcess(name: string, pidFile: string): Promise<MeasuredProcess[]> {
  const record = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (record === undefined) return [];
  return [{ name, pid: (JSON.parse(record) as PidRecord).pid, withDescendants: true }];
}

/** The first process of a container, unless the engine runs containers in a virtual machine: its process ids mean nothing here. */
async function readContainerProcess(name: string, containerFile: string): Promise<MeasuredProcess[]> {
  const container = await readFile(containerFile, 'utf8').catch(() => undefined);
  if (container === undefined) return [];
  const args = ['inspect', '--format', '{{.Id}} {{.State.Pid}}', container];
  const { stdout } = await promisify(execFile)('docker', args, { timeout: 60_000 });
  const [id = '', pid = ''] = stdout.trim().split(' ');
  const isHere = readIfExists(`/proc/${pid}/cgroup`).includes(id);
  return isHere ? [{ name, pid: Number(pid), withDescendants: true }] : [];
}

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** CPU of the process and of its waited-for children. */
  readonly cpuUs: number;
}

/**
 * CPU time since each process started. With descendants, ended ones count too: the postmaster accumulates the time of
 * its ended backends.
 *
 * @throws Error when a measured process has ended: its CPU would read as zero
 */
export function cpuUsed(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  return byName(measured, (one) => sum(processTree(one, all).map(({ cpuUs }) => cpuUs)));
}

/** As {@link cpuUsed}, but omits ended processes. */
export function cpuOfRunning(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  const running = measured.filter(({ pid }) => all.has(pid));
  return byName(running, (one) => sum(processTree(one, all).map(({ cpuUs }) => cpuUs)));
}

/** The increase of each value between two readings, divided by `count`. A name without an earlier value starts at 0. */
export function increasePer(count: number, before: ByName, after: ByName): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / count]),
  );
}

/** CPU of all measured processes between two readings `ms` apart, in percent of one core. NaN without `/proc`. */
export function busyPercent(ms: number, before: ByName, after: ByName): number {
  return canMeasureProcesses ? sum(Object.values(increasePer(ms, before, after))) / 10 : NaN;
}

/** Records the peak resident memory of each process, sampled once a second until {@link stop}. */
export class MemorySampler {
  private readonly peaks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(private readonly measured: readonly MeasuredProcess[]) {
    if (!canMeasureProcesses) return;
    this.sample();
    this.timer = setInterval(() => this.sample(), MEMORY_SAMPLE_INTERVAL_MS).unref();
  }

  /** Takes a last sample. @returns the peaks, in MB */
  stop(): ByName {
    clearInterval(this.timer);
    if (canMeasureProcesses) this.sample();
    return Object.fromEntries(this.peaks);
  }

  private sample(): void {
    for (const [name, mb] of Object.entries(residentMemory(this.measured)))
      this.peaks.set(name, Math.max(mb, this.peaks.get(name) ?? 0));
  }
}

/** Resident MB of running processes. Memory that one server's processes share (PostgreSQL's buffers) counts once. */
function residentMemory(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  const running = measured.filter(({ pid }) => all.has(pid));
  return byName(running, (one) => {
    const processes = processTree(one, all).map(({ pid }) => residentKb(pid));
    const own = sum(processes.map(({ anonymous }) => anonymous));
    return (own + Math.max(...processes.map(({ shared }) => shared))) / 1024;
  });
}

function byName(measured: readonly MeasuredProcess[], valueOf: (one: MeasuredProcess) => number): ByName {
  return canMeasureProcesses ? Object.fromEntries(measured.map((one) => [one.name, valueOf(one)])) : {};
}

function processTree(
  { name, pid, withDescendants }: MeasuredProcess,
  all: ReadonlyMap<number, ProcessTimes>,
): ProcessTimes[] {
  const root = all.get(pid);
  if (root === undefined) throw new Error(`process ${pid} (${name}) has ended`);
  if (!withDescendants) return [root];
  const tree = [root];
  for (const member of tree) {
    for (const process of all.values()) if (process.parent === member.pid) tree.push(process);
  }
  return tree;
}

function listProcesses(): Map<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  if (!canMeasureProcesses) return all;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readIfExists(`/proc/${pid}/stat`) : '';
    if (stat === '') continue;
    const fields = statFields(stat);
    const [parent, ticks] = [Number(fields[1]), sum(fields.slice(11, 15).map(Number))];
    all.set(pid, { pid, parent, cpuUs: ticks * US_PER_TICK });
  }
  return all;
}

/** The fields after the program's name, which may contain blanks and parentheses: proc(5) numbers them from 3. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function residentKb(pid: number): { anonymous: number; shared: number } {
  const status = readIfExists(`/proc/${pid}/status`);
  const kb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { anonymous: kb('RssAnon'), shared: kb('RssFile') + kb('RssShmem') };
}

/** Empty when the process has ended since the directory was listed. */
function readIfExists(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
