import { setTimeout as pause } from 'node:timers/promises';

import { audit } from '../audit/audit.js';
import type { InvariantResult } from '../audit/report.js';
import { SourceUnavailableError } from '../audit/snapshot.js';
import type { AuditSources } from '../audit/sources.js';

const CHECK_INTERVAL_MS = 5_000;

/** The invariants that hold at every instant, checked again and again while things break. */
export class ContinuousAudit {
  /** How often all databases could be read and everything held. */
  passedCount = 0;
  readonly violations: InvariantResult[] = [];
  private isStopped = false;
  private readonly running: Promise<void>;

  constructor(private readonly sources: AuditSources) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      await pause(CHECK_INTERVAL_MS);
      try {
        const { holds, invariants } = await audit(this.sources, { instant: true });
        if (holds) this.passedCount += 1;
        else this.violations.push(...invariants.filter((invariant) => !invariant.holds));
      } catch (error) {
        // A database is down at this moment, or went down under our hands: nothing is known, and so nothing counted.
        if (!(error instanceof SourceUnavailableError)) throw error;
      }
    }
  }
}
