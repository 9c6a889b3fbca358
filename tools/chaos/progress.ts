import type { Campaign } from './campaign.js';
import type { LoadGenerator } from './load.js';
import type { Fault } from './plan.js';

const ERASE_LINE = '\r\u001b[2K';
const DRAW_INTERVAL_MS = 250;
/** Interval for a pipe or file, where each status is a line. */
const PRINT_INTERVAL_MS = 10_000;

/** Prints permanent lines and, on a terminal, redraws one status line below them. */
export class Progress {
  private readonly isLive: boolean;
  private timer: NodeJS.Timeout | undefined;
  private status: () => string = () => '';

  constructor(private readonly out: NodeJS.WriteStream) {
    this.isLive = out.isTTY && process.env['TERM'] !== 'dumb';
  }

  /** Shows the text of `status` until {@link clearStatus}. */
  showStatus(status: () => string): void {
    clearInterval(this.timer);
    this.status = status;
    this.timer = setInterval(() => this.draw(), this.isLive ? DRAW_INTERVAL_MS : PRINT_INTERVAL_MS);
  }

  clearStatus(): void {
    clearInterval(this.timer);
    this.status = () => '';
    if (this.isLive) this.out.write(ERASE_LINE);
  }

  print(text: string): void {
    this.out.write(`${this.isLive ? ERASE_LINE : ''}${text}\n`);
  }

  private draw(): void {
    const text = this.status();
    this.out.write(this.isLive ? ERASE_LINE + text.slice(0, this.out.columns - 1) : `${text}\n`);
  }
}

export function describeInjection({ elapsedMs }: Campaign, fault: Fault): string {
  return `${formatElapsed(elapsedMs)}  ${describeFault(fault)}, for ${(fault.durationMs / 1000).toFixed(1)} s`;
}

export function describeProgress(
  { elapsedMs, injected, active }: Campaign,
  { acceptedCount, inFlight }: LoadGenerator,
): string {
  const faults = `${injected.length} faults${active.size === 0 ? '' : `; active: ${[...active].map(describeFault).join(', ')}`}`;
  return `${formatElapsed(elapsedMs)}  ${acceptedCount} orders accepted, ${inFlight} in flight, ${faults}`;
}

function describeFault({ kind, target }: Fault): string {
  return target === undefined ? kind : `${kind} (${target})`;
}

function formatElapsed(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(1).padStart(7)} s`;
}
