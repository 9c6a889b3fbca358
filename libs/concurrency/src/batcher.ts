import { isTransient } from '#database';
import { Pace } from './adaptive-delay.js';
import { settleBatch } from './settle-batch.js';

export interface BatcherOptions<Item, Result> {
  /** Handles a batch: one result per item, in order; see `settleBatch` for what it must keep to. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Most items in one batch. */
  readonly batchSizeMax: number;
  /** Most items waiting; one more is refused with {@link BatcherFull}. */
  readonly waitingMax: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /** How often a batch is run again after a transient failure before its items are rejected with it. Default 2. */
  readonly retriesMax?: number;
}

/** Too much is waiting already; nothing was done. Shed load: answer 503 with Retry-After. */
export class BatcherFull extends Error {
  override readonly name = 'BatcherFull';
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets callers that arrive together share one transaction (group commit): while batches are under way, new items
 * wait, and the next batch takes all that have gathered. An idle batcher starts at once, so nobody waits for company
 * who comes alone; see {@link Pace}. Each caller gets its own result or its own error.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;
  private readonly pace = new Pace();

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  submit(item: Item): Promise<Result> {
    if (this.waiting.length >= this.options.waitingMax) {
      return Promise.reject(new BatcherFull(`${this.waiting.length} are waiting already`));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.underWay < this.options.concurrency) this.startWorker();
    });
  }

  private startWorker(): void {
    this.underWay += 1;
    // Items of the same turn of the event loop are still arriving: begin after them.
    setImmediate(() => {
      void this.work();
    });
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.pace.rest(this.waiting.length);
      const batch = this.waiting.splice(0, this.options.batchSizeMax);
      if (batch.length > 0) await this.pace.run(() => this.settle(batch));
    }
    this.underWay -= 1;
  }

  private async settle(batch: readonly Waiting<Item, Result>[], retry = 0): Promise<void> {
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
