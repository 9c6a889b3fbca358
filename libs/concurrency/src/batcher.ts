import { isTransient } from '#database';
import { AdaptiveDelay } from './adaptive-delay.js';
import { EveryItemFailedError, settleBatch } from './settle-batch.js';

/** Bounds of a {@link Batcher} and the function that handles a batch. */
export interface BatcherOptions<Item, Result> {
  /** Handles a batch: resolves to one result per item, in order. See `settleBatch` for its obligations. Required. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Most items in one batch. Required. */
  readonly batchSizeMax: number;
  /** Most waiting items; the next one is rejected with {@link BatcherFullError}. Required. */
  readonly queueSizeMax: number;
  /** Most batches running at once. Required. */
  readonly concurrency: number;
  /** Repetitions of a batch after transient failures, before its items are rejected with the error. Default 2. */
  readonly retriesMax?: number;
}

/** The queue is full, and the item was not accepted. Shed load: answer 503 with Retry-After. */
export class BatcherFullError extends Error {
  override readonly name = 'BatcherFullError';
}

interface QueuedItem<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets concurrent callers share one transaction (group commit): while batches are running, new items wait, and the next
 * batch takes all waiting items up to `batchSizeMax`. An idle batcher runs immediately: a single item is never delayed.
 * Successive small batches are spaced by {@link AdaptiveDelay}. Each caller gets its own result or its own error.
 *
 * `run` may be called again with items that were committed, so it must be idempotent.
 */
export class Batcher<Item, Result> {
  private queue: QueuedItem<Item, Result>[] = [];
  private runningWorkers = 0;
  private readonly delay = new AdaptiveDelay();

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  /**
   * Adds an item to the queue and resolves to its result. Rejects with the error of the item or of its whole batch, or
   * with a transient error after `retriesMax` repetitions: then the item may have been committed.
   *
   * @throws BatcherFullError when `queueSizeMax` items are waiting
   */
  submit(item: Item): Promise<Result> {
    if (this.queue.length >= this.options.queueSizeMax) {
      return Promise.reject(new BatcherFullError(`${this.queue.length} items are waiting`));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      if (this.runningWorkers < this.options.concurrency) this.startWorker();
    });
  }

  private startWorker(): void {
    this.runningWorkers += 1;
    // Items submitted in the same turn of the event loop join this batch.
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
      else rejectAll(batch, error instanceof EveryItemFailedError ? error.cause : error);
    }
  }
}

function rejectAll(batch: readonly { readonly reject: (error: unknown) => void }[], error: unknown): void {
  for (const waiting of batch) waiting.reject(error);
}
