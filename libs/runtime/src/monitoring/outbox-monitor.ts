import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { Logger } from '#observability';
import type { Outbox } from '#outbox';

const MEASURE_INTERVAL_MS = 1_000;
/** The part of the time that measuring may take: with an old snapshot open, it reads all entries since. */
const MEASURE_SHARE = 1 / 20;

/**
 * Measures the outbox once a second, so that `Outbox.isFull` and `Outbox.pendingCount` are at most that old. A slow
 * measurement is repeated after twenty times its duration.
 */
export class OutboxMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: BackgroundLoop;

  constructor(outbox: Outbox, log: Logger) {
    this.loop = new BackgroundLoop({
      intervalMs: MEASURE_INTERVAL_MS,
      delaysFirstRound: true,
      runOnce: async () => {
        const startedAtMs = performance.now();
        await outbox.measure().catch((err: unknown) => log.debug({ err }, 'outbox not measured'));
        return Math.max(MEASURE_INTERVAL_MS, (performance.now() - startedAtMs) / MEASURE_SHARE);
      },
      log,
      failureMessage: 'outbox not measured',
    });
  }

  /** Starts measuring. A failed measurement is logged at debug, and the last one remains valid. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Stops measuring, after the current measurement. */
  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
