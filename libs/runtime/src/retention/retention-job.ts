import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { Log } from '#observability';

/** Deletes the expired rows of one table. */
export interface PruneTask {
  /** The name of the table in the log. */
  readonly table: string;
  /**
   * Deletes expired rows, the oldest first. Each step deletes one page in one short transaction and yields the number of
   * deleted rows; the iterator ends when no expired row is left. Two concurrent runs must be safe.
   */
  prune(): AsyncIterable<number>;
}

/** Settings of {@link RetentionJob}. */
export interface RetentionJobOptions {
  /** Run one after the other in every round. Required. */
  readonly tasks: readonly PruneTask[];
  /**
   * Whether this replica prunes. Called before each page. One replica at a time should return true: two would try to
   * delete the same rows, which is safe and wastes work. Required.
   */
  readonly isActive: () => boolean;
  /** Receives one info line per pruned table and one warning per failed task. Required. */
  readonly log: Log;
  /** Pause before the first round and between two rounds, in ms. Default 60,000. */
  readonly intervalMs?: number;
  /** Highest share of a round, above 0 and at most 1, that statements may take. Default 0.1. */
  readonly utilizationMax?: number;
  /**
   * Longest time for one table in a round, pauses included, in ms; then the next table is pruned, and the following round
   * starts without a pause. A table that is far behind cannot keep the later ones from being pruned. Default 60,000.
   */
  readonly tableTimeMaxMs?: number;
  /** Measures the pages and the pauses between them; tests replace it. Default: the clock of the process. */
  readonly clock?: Clock;
}

/** A source of time. */
export interface Clock {
  /** Milliseconds since an arbitrary instant; never decreases. */
  now(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};

const PAUSE_MIN_MS = 10;

/**
 * Prunes tables one after the other, page by page. With the default `utilizationMax` of 0.1 the pause after a page is
 * nine times as long as the page took, and at least 10 ms. Pruning therefore occupies at most a tenth of one connection,
 * and a slower database gets longer pauses. A failed task is logged and runs again in the next round; the following
 * tasks of its round still run. {@link overdueMs} measures how far each table is behind.
 */
export class RetentionJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly clock: Clock;
  private readonly loop: BackgroundLoop;
  /** By table: the start of the last run that left no expired row. */
  private readonly completedAtMs = new Map<string, number>();

  constructor(private readonly options: RetentionJobOptions) {
    this.clock = options.clock ?? PROCESS_CLOCK;
    this.loop = new BackgroundLoop({
      intervalMs: options.intervalMs ?? 60_000,
      delaysFirstRound: true,
      runOnce: (signal) => this.runRound(signal),
      log: options.log,
      failureMessage: 'retention round failed',
    });
  }

  /** Starts the pause before the first round. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Resolves when the current page is deleted. No page starts afterwards. */
  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /**
   * By table, how long its oldest row may have exceeded its retention, in ms: the time since the last run that left no
   * expired row, or since this replica became active. Empty while another replica prunes.
   */
  get overdueMs(): ReadonlyMap<string, number> {
    const now = this.clock.now();
    return new Map([...this.completedAtMs].map(([table, completedAtMs]) => [table, now - completedAtMs]));
  }

  /** @returns 0, no pause before the next round, while a table has expired rows left; undefined otherwise */
  private async runRound(signal: AbortSignal): Promise<number | undefined> {
    const { tasks, isActive } = this.options;
    if (!isActive()) {
      this.completedAtMs.clear();
      return undefined;
    }
    let isBehind = false;
    for (const task of tasks) {
      const startedAtMs = this.clock.now();
      if (!this.completedAtMs.has(task.table)) this.completedAtMs.set(task.table, startedAtMs);
      const outcome = await this.pruneTable(task, signal, startedAtMs);
      if (outcome === 'complete') this.completedAtMs.set(task.table, startedAtMs);
      isBehind ||= outcome === 'behind';
    }
    return isBehind ? 0 : undefined;
  }

  private async pruneTable(
    { table, prune }: PruneTask,
    signal: AbortSignal,
    startedAtMs: number,
  ): Promise<'complete' | 'behind' | 'interrupted'> {
    const { log, isActive, utilizationMax = 0.1, tableTimeMaxMs = 60_000 } = this.options;
    let deleted = 0;
    let outcome: 'complete' | 'behind' | 'interrupted' = 'interrupted';
    try {
      const pages = prune()[Symbol.asyncIterator]();
      while (!signal.aborted && isActive()) {
        const startedAt = this.clock.now();
        const page = await pages.next();
        if (page.done) {
          outcome = 'complete';
          break;
        }
        deleted += page.value;
        const tookMs = this.clock.now() - startedAt;
        await this.clock.sleep(Math.max(PAUSE_MIN_MS, tookMs * (1 / utilizationMax - 1)), signal);
        if (this.clock.now() - startedAtMs >= tableTimeMaxMs) {
          outcome = 'behind';
          break;
        }
      }
    } catch (error) {
      log.warn({ err: error, table }, 'table not pruned; retrying in the next round');
    }
    if (deleted > 0) log.info({ table, rows: deleted }, 'pruned');
    return outcome;
  }
}
