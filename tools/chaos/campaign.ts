import { setTimeout as pause } from 'node:timers/promises';

import { injectFault } from './inject-fault.js';
import { type Fault, faultGroups, type Plan } from './plan.js';
import type { TestEnvironment } from './test-environment.js';

/** Injects and reverts the faults of a plan at their times. */
export class Campaign {
  /** Faults that were injected so far. */
  readonly injected: Fault[] = [];
  /** Faults that are injected and not yet reverted. */
  readonly active = new Set<Fault>();
  /** Faults that could not be injected or reverted, with the error. */
  readonly failures: string[] = [];
  private readonly startedAt = performance.now();

  constructor(
    private readonly environment: TestEnvironment,
    private readonly plan: Plan,
    private readonly onChange: (fault: Fault, event: 'injected' | 'reverted') => void,
  ) {}

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Resolves when the plan's duration is over and every fault is reverted. */
  async run(): Promise<void> {
    const { faults, durationMs } = this.plan;
    const resources = [...new Set(faults.map(resourceKey))];
    const injections = resources.map((resource) =>
      this.injectAll(faults.filter((fault) => resourceKey(fault) === resource)),
    );
    await Promise.all([...injections, this.waitUntil(durationMs)]);
  }

  private async injectAll(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      // Starts late if the revert of the previous fault took longer than planned.
      await this.waitUntil(fault.atMs);
      await this.inject(fault);
    }
  }

  private async inject(fault: Fault): Promise<void> {
    try {
      const revert = await injectFault(this.environment, fault);
      this.injected.push(fault);
      this.active.add(fault);
      this.onChange(fault, 'injected');
      await pause(fault.durationMs);
      await revert();
      this.onChange(fault, 'reverted');
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

/** Faults with the same key never overlap: one process, one link; of all other groups, the whole group. */
function resourceKey({ kind, target }: Fault): string {
  const group = Object.entries(faultGroups).find(([, kinds]) =>
    (kinds as readonly string[]).includes(kind),
  )?.[0];
  return group === 'processes' || group === 'links' ? (target ?? kind) : (group ?? kind);
}
