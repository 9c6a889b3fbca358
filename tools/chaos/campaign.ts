import { setTimeout as pause } from 'node:timers/promises';

import type { Arena } from './test-environment.js';
import { type Fault, lanes, type Plan } from './plan.js';
import { strike } from './inject-fault.js';

/** Carries a plan out. */
export class Campaign {
  /** Those that did happen. */
  readonly struck: Fault[] = [];
  /** What is broken now. */
  readonly broken = new Set<Fault>();
  readonly failures: string[] = [];
  private readonly startedAt = performance.now();

  constructor(
    private readonly arena: Arena,
    private readonly plan: Plan,
    private readonly onStruck: (fault: Fault) => void,
  ) {}

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Resolves when the time of the plan is over and all that was broken is mended. */
  async run(): Promise<void> {
    const { faults, durationMs } = this.plan;
    const victims = [...new Set(faults.map(victimOf))];
    const ofOne = victims.map((victim) =>
      this.strikeAll(faults.filter((fault) => victimOf(fault) === victim)),
    );
    await Promise.all([...ofOne, this.until(durationMs)]);
  }

  private async strikeAll(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      // Later than planned where the victim took long to be back from the last one.
      await this.until(fault.atMs);
      await this.strike(fault);
    }
  }

  private async strike(fault: Fault): Promise<void> {
    try {
      await strike(this.arena, fault, () => {
        this.struck.push(fault);
        this.broken.add(fault);
        this.onStruck(fault);
      });
    } catch (error) {
      this.failures.push(`${fault.kind} ${fault.target ?? ''} could not be done or mended: ${String(error)}`);
    } finally {
      this.broken.delete(fault);
    }
  }

  private async until(atMs: number): Promise<void> {
    const waitMs = atMs - this.elapsedMs;
    if (waitMs > 0) await pause(waitMs);
  }
}

/** What cannot be broken twice at a time: a process, a link; the servers, since one may need the other to come back. */
function victimOf({ kind, target }: Fault): string {
  const lane = Object.entries(lanes).find(([, kinds]) => (kinds as readonly string[]).includes(kind))?.[0];
  return lane === 'servers' || lane === 'gateway' ? lane : (target ?? kind);
}
