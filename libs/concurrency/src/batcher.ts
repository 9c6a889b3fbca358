import { isTransient } from '#database';
import { AdaptiveDelay } from './adaptive-delay.js';
import { settleBatch } from './settle-batch.js';

export interface BatcherOptions<Item, Result> {
  /** Handles a batch: one result per item, in order; see `settleBatch` for what it must keep to. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Most items in one batch. */
  readonly batchSizeMax: number;
  /** Most items waiting; one more is refused with {@link BatcherFullError}. */
  readonly queueSizeMax: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /** How often a batch is run again after a transient failure before its items are rejected with it. Default 2. */
  readonly retriesMax?: number;
}

/** Too much is waiting already; nothing was done. Shed load: answer 503 with Retry-After. */
export class BatcherFullError extends Error {
  override readonly name = 'BatcherFullError';
}

interface QueuedItem<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets callers that arrive together share one transaction (group commit): while batches are under way, new items
 * wait, and the next batch takes all that have gathered. An idle batcher starts at once, so nobody waits for company
 * who comes alone; see {@link AdaptiveDelay}. Each caller gets its own result or its own error.
 */
export class Batcher<Item, Result> {
  private queue: QueuedItem<Item, Result>[] = [];
  private runningWorkers = 0;
  private readonly delay = new AdaptiveDelay();

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  submit(item: Item): Promise<Result> {
    if (this.queue.length >= this.options.queueSizeMax) {
      return Promise.reject(new BatcherFullError(`${this.queue.length} are waiting already`));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      if (this.runningWorkers < this.options.concurrency) this.startWorker();
    });
  }

  private startWorker(): void {
    this.runningWorkers += 1;
    // Items of the same turn of the event loop are still arriving: begin after them.
    setImmediate(() => {
      void this.runWorker();
    });
  }

  private async runWorker(): Promise<void> {
    while (this.queue.length > 0) {
      await this.delay.wait(this.queue.length);
      const batch = this.queue.splice(0, this.options.batchSizeMax);
      if (batch.length > 0) await this.delay.run(() => this.settle(batch));
    }
    this.runningWorkers -= 1;
  }

  private async settle(batch: readonly QueuedItem<Item, Result>[], retry = 0): Promise<void> {
    try {
      const settled = await settleBatch(
        batch.map((waiting) => waiting.item),
        this.options.run,
      );
      for (const [index, outcome] of settled.entries()) {
        if ('value' in outcome) batch[index]?.resolve(outcome.value);
        else batch[index]?.reject(outcome.error);
      }
    } catch (error) {
      if (isTransient(error) && retry < (this.options.retriesMax ?? 2)) await this.settle(batch, retry + 1);
      else for (const waiting of batch) waiting.reject(error);
    }
  }
}
