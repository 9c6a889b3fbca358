import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What is measured as one thing: a process, or a server with all the processes it has started. */
export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
  readonly withDescendants: boolean;
}

/** Microseconds of CPU (user and system), or MB of memory, by the name of what was measured. */
export type ByName = Readonly<Record<string, number>>;

/** Of /proc: Linux tells CPU time in hundredths of a second on every architecture we run on. */
const US_PER_TICK = 10_000;
const SAMPLE_MEMORY_EVERY_MS = 1_000;

/** False where there is no /proc: CPU and memory are left out of the report then. */
export const canMeasureProcesses = existsSync('/proc/self/stat');

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and that of its children that have ended and been waited for. */
  readonly cpuUs: number;
}

/**
 * CPU time so far. With descendants, those that have ended count too: a backend of PostgreSQL that is gone has left its
 * time with the postmaster.
 */
export function cpuUsed(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  return byName(measured, (one) => sum(processTree(one, all).map(({ cpuUs }) => cpuUs)));
}

/** As {@link cpuUsed}, of those that are alive. */
export function cpuNow(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  const alive = measured.filter(({ pid }) => all.has(pid));
  return byName(alive, (one) => sum(processTree(one, all).map(({ cpuUs }) => cpuUs)));
}

/** What was used between two readings of {@link cpuUsed}, per one of `count`. */
export function cpuPer(count: number, before: ByName, after: ByName): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, cpuUs]) => [name, (cpuUs - (before[name] ?? 0)) / count]),
  );
}

/** How busy all of them together kept one core between two readings of {@link cpuUsed}, `ms` apart. NaN without /proc. */
export function busyPercent(ms: number, before: ByName, after: ByName): number {
  return canMeasureProcesses ? sum(Object.values(cpuPer(ms, before, after))) / 10 : NaN;
}

/** Keeps the largest memory that was seen, looking once a second. */
export class MemorySampler {
  private readonly peaks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(private readonly measured: readonly MeasuredProcess[]) {
    if (!canMeasureProcesses) return;
    this.sample();
    this.timer = setInterval(() => this.sample(), SAMPLE_MEMORY_EVERY_MS).unref();
  }

  stop(): ByName {
    clearInterval(this.timer);
    if (canMeasureProcesses) this.sample();
    return Object.fromEntries(this.peaks);
  }

  private sample(): void {
    for (const [name, mb] of Object.entries(memoryNow(this.measured)))
      this.peaks.set(name, Math.max(mb, this.peaks.get(name) ?? 0));
  }
}

/** Resident memory of those that are alive. What the processes of one server share (PostgreSQL's buffers) counts once. */
export function memoryNow(measured: readonly MeasuredProcess[]): ByName {
  const all = listProcesses();
  const alive = measured.filter(({ pid }) => all.has(pid));
  return byName(alive, (one) => {
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
  if (root === undefined) throw new Error(`${name}, process ${pid}, is gone`);
  if (!withDescendants) return [root];
  const family = [root];
  for (const member of family) {
    for (const process of all.values()) if (process.parent === member.pid) family.push(process);
  }
  return family;
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

/** The program's name, in parentheses, may hold blanks and parentheses: proc(5). What follows it is counted from 3. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function residentKb(pid: number): { anonymous: number; shared: number } {
  const status = readIfExists(`/proc/${pid}/status`);
  const kb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { anonymous: kb('RssAnon'), shared: kb('RssFile') + kb('RssShmem') };
}

/** A process may end while we look. */
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
