import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { HealthCheck } from '#http';
import type { Log } from '#observability';

/** Detects one condition that lasts too long or must not exist, and that only a person can end. */
export interface AlarmCheck {
  /** The name of the alarm at `/health/ready`, in the log and in the label of the metric `alarm_raised`. */
  readonly name: string;
  /**
   * Resolves to a description of the condition, or to undefined while it does not hold. A rejection leaves the alarm as
   * it is. Runs every `checkIntervalMs`, so it must read a bounded number of rows.
   */
  check(): Promise<string | undefined>;
}

/** Settings of {@link Alarms}. */
export interface AlarmsOptions {
  /** Run one after the other in every round. Required. */
  readonly checks: readonly AlarmCheck[];
  /** Receives one warning when an alarm is raised and one info line when it is cleared. Required. */
  readonly log: Log;
  /** Pause between two rounds of checks, in ms. Default 10,000. */
  readonly checkIntervalMs?: number;
}

/**
 * Runs the alarm checks of a service in the background. A raised alarm is logged once and reported as degraded at
 * `/health/ready` until its check resolves to undefined. An alarm never makes a service unready: neither a restart nor
 * another replica would clear it.
 */
export class Alarms implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly raised = new Map<string, string>();
  private readonly loop: BackgroundLoop;

  constructor(private readonly options: AlarmsOptions) {
    this.loop = new BackgroundLoop({
      intervalMs: options.checkIntervalMs ?? 10_000,
      runOnce: () => this.runChecks(),
      log: options.log,
      failureMessage: 'alarm checks failed',
    });
  }

  /** Starts the first round of checks. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Resolves when the current round of checks has ended. */
  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** One health check per alarm. It reports the newest result and never runs the alarm check itself. */
  get health(): readonly HealthCheck[] {
    return this.options.checks.map(({ name }) => ({
      name,
      check: () => {
        const degraded = this.raised.get(name);
        return Promise.resolve(degraded === undefined ? undefined : { degraded });
      },
    }));
  }

  private async runChecks(): Promise<void> {
    for (const check of this.options.checks) await this.runCheck(check);
  }

  private async runCheck({ name, check }: AlarmCheck): Promise<void> {
    const { log } = this.options;
    let detail: string | undefined;
    try {
      detail = await check();
    } catch (error) {
      // Readiness itself reports an unavailable database or broker. The alarm keeps its last known state.
      log.debug({ err: error, alarm: name }, 'alarm check failed');
      return;
    }
    if (detail === undefined) {
      if (this.raised.delete(name)) log.info({ alarm: name }, 'alarm cleared');
      return;
    }
    if (!this.raised.has(name)) log.warn({ alarm: name, detail }, 'alarm raised');
    this.raised.set(name, detail);
  }
}
