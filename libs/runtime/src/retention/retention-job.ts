import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#observability';

/** A table that does not grow for ever. */
export interface PruneTask {
  readonly table: string;
  /**
   * Begins a sweep, from the oldest rows on. Each step deletes one page in one short transaction and yields how many
   * rows went; it ends when no row is old enough any more. Must be harmless where another sweep is under way.
   */
  prune(): AsyncIterable<number>;
}

export interface RetentionJobOptions {
  readonly tasks: readonly PruneTask[];
  /**
   * Whether it is this replica that keeps house. Asked before each page, and one of them should answer yes at a time:
   * two would delete the same rows, which is no harm but wasted work.
   */
  readonly isActive: () => boolean;
  readonly log: Logger;
  /** From the end of one round to the beginning of the next, in ms. Default 60,000. */
  readonly intervalMs?: number;
  /** The part of the time, from 0 to 1, that a round may keep the database busy. Default 0.1. */
  readonly utilizationMax?: number;
  /** For tests. Default: the real one. */
  readonly clock?: Clock;
}

export interface Clock {
  /** In ms, from anywhere. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};

const PAUSE_MIN_MS = 10;

/**
 * Prunes tables, one after the other, a page at a time. After each page it rests nine times as long as that took, so
 * that it takes a tenth of one connection's time at most; the slower the database is, the longer the rests.
 */
export class RetentionJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly clock: Clock;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RetentionJobOptions) {
    this.clock = options.clock ?? REAL_CLOCK;
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Waits for the page in hand, and no longer. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { intervalMs = 60_000, tasks } = this.options;
    while (!this.stopping.signal.aborted) {
      await this.pause(intervalMs);
      for (const task of tasks) await this.pruneTable(task);
    }
  }

  private async pruneTable({ table, prune }: PruneTask): Promise<void> {
    const { log, utilizationMax = 0.1 } = this.options;
    let deleted = 0;
    try {
      const steps = prune()[Symbol.asyncIterator]();
      while (this.shouldContinue()) {
        const startedAt = this.clock.now();
        const page = await steps.next();
        if (page.done) break;
        deleted += page.value;
        const tookMs = this.clock.now() - startedAt;
        await this.pause(Math.max(PAUSE_MIN_MS, tookMs * (1 / utilizationMax - 1)));
      }
    } catch (error) {
      log.warn({ err: error, table }, 'table not pruned; trying again in the next round');
    }
    if (deleted > 0) log.info({ table, rows: deleted }, 'pruned');
  }

  private shouldContinue(): boolean {
    return !this.stopping.signal.aborted && this.options.isActive();
  }

  private pause(ms: number): Promise<void> {
    return this.clock.sleep(ms, this.stopping.signal);
  }
}
