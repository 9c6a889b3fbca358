import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { HealthCheck } from '#http';
import type { Log } from '#observability';

/** Something that goes on for too long, or that should not be there, and that only a person can end. */
export interface AlarmCheck {
  /** As it is called at `/health/ready` and in the log. */
  readonly name: string;
  /** Resolves to what is wrong, or to undefined. Called every few seconds, so it must cost next to nothing. */
  check(): Promise<string | undefined>;
}

export interface AlarmsOptions {
  readonly checks: readonly AlarmCheck[];
  readonly log: Log;
  /** From one look to the next, in ms. Default 10,000. */
  readonly checkIntervalMs?: number;
}

/**
 * Looks at a service's alarms now and then, off the way of orders. One that is raised is logged once, and shown as
 * degraded at `/health/ready` until it is over. Never as unready: no restart and no other replica would help.
 */
export class Alarms implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly raised = new Map<string, string>();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: AlarmsOptions) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** What each alarm came to when it was looked at last. */
  get health(): readonly HealthCheck[] {
    return this.options.checks.map(({ name }) => ({
      name,
      check: () => {
        const degraded = this.raised.get(name);
        return Promise.resolve(degraded === undefined ? undefined : { degraded });
      },
    }));
  }

  private async run(): Promise<void> {
    const { checks, checkIntervalMs = 10_000 } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      for (const check of checks) await this.runCheck(check);
      await delay(checkIntervalMs, undefined, { signal }).catch(() => {});
    }
  }

  private async runCheck({ name, check }: AlarmCheck): Promise<void> {
    const { log } = this.options;
    let detail: string | undefined;
    try {
      detail = await check();
    } catch (error) {
      // The database or the broker is away, which readiness says itself. What was last known stands.
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
