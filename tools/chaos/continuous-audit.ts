import { setTimeout as pause } from 'node:timers/promises';

import { audit } from '../audit/audit.js';
import type { InvariantId, InvariantResult } from '../audit/report.js';
import { SourceUnavailableError } from '../audit/snapshot.js';
import type { AuditSources } from '../audit/sources.js';

const CHECK_INTERVAL_MS = 5_000;
const WORK_CHECK_INTERVAL_MS = 250;

/** An invariant that must hold at every instant did not. */
export class InvariantViolatedError extends Error {
  override readonly name = 'InvariantViolatedError';
}

/** Checks the S invariants every `intervalMs` until {@link stop}; skips a check if a database is unavailable. */
export class ContinuousAudit {
  /** Number of checks that read every database and found no violation. */
  passedCount = 0;
  private readonly firstViolations = new Map<InvariantId, InvariantResult>();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly sources: AuditSources,
    private readonly intervalMs = CHECK_INTERVAL_MS,
  ) {
    this.running = this.run();
    this.running.catch(() => {}); // `stop` rejects with it
  }

  /** The first violation of each violated invariant. */
  get violations(): readonly InvariantResult[] {
    return [...this.firstViolations.values()];
  }

  /** Resolves after the check in progress. @throws Error that ended the checks */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.check();
      await pause(this.intervalMs, undefined, { signal }).catch(() => {});
    }
  }

  private async check(): Promise<void> {
    try {
      const { holds, invariants } = await audit(this.sources, { instant: true });
      if (holds) this.passedCount += 1;
      for (const result of invariants)
        if (!result.holds && !this.firstViolations.has(result.id))
          this.firstViolations.set(result.id, result);
    } catch (error) {
      if (!(error instanceof SourceUnavailableError)) throw error;
    }
  }
}

/**
 * Runs `work` and checks the S invariants every 250 ms until it settles.
 *
 * @throws InvariantViolatedError if a check finds a violation; otherwise rejects as `work` does
 */
export async function auditDuring<Result>(
  sources: AuditSources,
  work: () => Promise<Result>,
): Promise<Result> {
  const audits = new ContinuousAudit(sources, WORK_CHECK_INTERVAL_MS);
  const result = await work().catch(async (error: unknown) => {
    await audits.stop();
    throw error;
  });
  await audits.stop();
  if (audits.violations.length === 0) return result;
  const violated = audits.violations.map(({ id, violations }) => ({ id, violations }));
  throw new InvariantViolatedError(`violated during the fault: ${JSON.stringify(violated)}`);
}
