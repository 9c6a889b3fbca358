import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#observability';
import type { Outbox } from '#outbox';

const MEASURE_INTERVAL_MS = 1_000;

/** Keeps the outbox's own view of how full it is up to date. */
export class OutboxMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.outbox.measure().catch((err: unknown) => this.logger.debug({ err }, 'outbox not measured'));
    }, MEASURE_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
