import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#observability';
import type { Outbox } from '#outbox';

const MEASURE_INTERVAL_MS = 1_000;

/** Measures the outbox once a second, so that `Outbox.isFull` and `Outbox.pendingCount` are at most that old. */
export class OutboxMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly logger: Logger,
  ) {}

  /** Starts measuring. A failed measurement is logged at debug, and the last one remains valid. */
  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.outbox.measure().catch((err: unknown) => this.logger.debug({ err }, 'outbox not measured'));
    }, MEASURE_INTERVAL_MS);
  }

  /** Stops measuring. */
  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
