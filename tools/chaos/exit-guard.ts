import { execFileSync } from 'node:child_process';

export interface ExitGuardOptions {
  /** Time the process may take to end by itself. Required. */
  readonly timeoutMs: number;
  /** Receives the resources that keep the process running. Default: standard error. */
  readonly report?: (line: string) => void;
  /** Ends the process. Default: `process.exit` with the exit code set before. */
  readonly exit?: () => void;
}

/**
 * Ends this process after `timeoutMs` if it has not ended by then, and reports the resources that kept it running.
 * Call it when the work is done. The timer itself does not keep the process running.
 */
export function guardExit({
  timeoutMs,
  report = (line) => console.error(line),
  exit = () => process.exit(),
}: ExitGuardOptions): void {
  const timer = setTimeout(() => {
    report(`still running after ${timeoutMs / 1000} s: ${describeActiveResources()}`);
    exit();
  }, timeoutMs);
  timer.unref();
}

/** The event loop's active resources by type, then child processes: `Timeout × 2, child 4711 node main.js`. */
export function describeActiveResources(): string {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const types = [...counts].map(([type, count]) => `${type} × ${count}`);
  return [...types, ...listChildProcesses()].join(', ');
}

/** Empty if the system has no `ps`. */
function listChildProcesses(): string[] {
  try {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
    return table.split('\n').flatMap((line) => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      const isChild = Number(parent) === process.pid && !command.startsWith('ps ');
      return isChild ? [`child ${pid} ${command.slice(0, 80)}`] : [];
    });
  } catch {
    return [];
  }
}
