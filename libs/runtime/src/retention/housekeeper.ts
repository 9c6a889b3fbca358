import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#observability';

/** A table that does not grow for ever. */
export interface Chore {
  readonly table: string;
  /**
   * Begins a sweep, from the oldest rows on. Each step deletes one page in one short transaction and yields how many
   * rows went; it ends when no row is old enough any more. Must be harmless where another sweep is under way.
   */
  sweep(): AsyncIterable<number>;
}

export interface HousekeeperOptions {
  readonly chores: readonly Chore[];
  /**
   * Whether it is this replica that keeps house. Asked before each page, and one of them should answer yes at a time:
   * two would delete the same rows, which is no harm but wasted work.
   */
  readonly isOnDuty: () => boolean;
  readonly log: Logger;
  /** From the end of one round to the beginning of the next, in ms. Default 60,000. */
  readonly everyMs?: number;
  /** The part of the time, from 0 to 1, that a round may keep the database busy. Default 0.1. */
  readonly busyShare?: number;
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
export class Housekeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly clock: Clock;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: HousekeeperOptions) {
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
    const { everyMs = 60_000, chores } = this.options;
    while (!this.stopping.signal.aborted) {
      await this.rest(everyMs);
      for (const chore of chores) await this.sweep(chore);
    }
  }

  private async sweep({ table, sweep }: Chore): Promise<void> {
    const { log, busyShare = 0.1 } = this.options;
    let deleted = 0;
    try {
      const pages = sweep()[Symbol.asyncIterator]();
      while (this.mayGoOn()) {
        const startedAt = this.clock.now();
        const page = await pages.next();
        if (page.done) break;
        deleted += page.value;
        const tookMs = this.clock.now() - startedAt;
        await this.rest(Math.max(PAUSE_MIN_MS, tookMs * (1 / busyShare - 1)));
      }
    } catch (error) {
      log.warn({ err: error, table }, 'table not pruned; trying again in the next round');
    }
    if (deleted > 0) log.info({ table, rows: deleted }, 'pruned');
  }

  private mayGoOn(): boolean {
    return !this.stopping.signal.aborted && this.options.isOnDuty();
  }

  private rest(ms: number): Promise<void> {
    return this.clock.sleep(ms, this.stopping.signal);
  }
}
