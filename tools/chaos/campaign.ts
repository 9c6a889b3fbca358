import { setTimeout as pause } from 'node:timers/promises';

import type { TestEnvironment } from './test-environment.js';
import { type Fault, faultGroups, type Plan } from './plan.js';
import { injectFault } from './inject-fault.js';

/** Carries a plan out. */
export class Campaign {
  /** Those that did happen. */
  readonly injected: Fault[] = [];
  /** What is broken now. */
  readonly active = new Set<Fault>();
  readonly failures: string[] = [];
  private readonly startedAt = performance.now();

  constructor(
    private readonly environment: TestEnvironment,
    private readonly plan: Plan,
    private readonly onInjected: (fault: Fault) => void,
  ) {}

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Resolves when the time of the plan is over and all that was broken is mended. */
  async run(): Promise<void> {
    const { faults, durationMs } = this.plan;
    const resources = [...new Set(faults.map(resourceKey))];
    const injections = resources.map((victim) =>
      this.injectAll(faults.filter((fault) => resourceKey(fault) === victim)),
    );
    await Promise.all([...injections, this.waitUntil(durationMs)]);
  }

  private async injectAll(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      // Later than planned where the victim took long to be back from the last one.
      await this.waitUntil(fault.atMs);
      await this.inject(fault);
    }
  }

  private async inject(fault: Fault): Promise<void> {
    try {
      await injectFault(this.environment, fault, () => {
        this.injected.push(fault);
        this.active.add(fault);
        this.onInjected(fault);
      });
    } catch (error) {
      this.failures.push(
        `${fault.kind} ${fault.target ?? ''} could not be injected or reverted: ${String(error)}`,
      );
    } finally {
      this.active.delete(fault);
    }
  }

  private async waitUntil(atMs: number): Promise<void> {
    const waitMs = atMs - this.elapsedMs;
    if (waitMs > 0) await pause(waitMs);
  }
}

/** What cannot be broken twice at a time: a process, a link; the servers, since one may need the other to come back. */
function resourceKey({ kind, target }: Fault): string {
  const group = Object.entries(faultGroups).find(([, kinds]) =>
    (kinds as readonly string[]).includes(kind),
  )?.[0];
  return group === 'servers' || group === 'gateway' ? group : (target ?? kind);
}
