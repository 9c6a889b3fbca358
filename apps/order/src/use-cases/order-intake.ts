import { hitFailpoint } from '#failpoints';
import { Batcher } from '#concurrency';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { composeKey, type PlaceOrderResult, type OrderRequest, placeOrders } from './place-orders.js';

export interface OrderIntakeOptions {
  readonly batchSizeMax: number;
  /** How long an order may stay pending, in ms. */
  readonly deadlineMs: number;
}

/** How many requests may wait for a transaction before new ones are turned away. */
const QUEUE_SIZE_MAX = 10_000;

/** Takes orders: requests that arrive together are stored in one transaction, each with its own answer. */
export class OrderIntake {
  private readonly batcher: Batcher<OrderRequest, PlaceOrderResult>;
  private readonly inFlight = new Set<string>();

  constructor(
    database: Database,
    private readonly outbox: Outbox,
    { batchSizeMax, deadlineMs }: OrderIntakeOptions,
  ) {
    this.batcher = new Batcher({
      run: (requests) =>
        database.transaction(async (tx) => {
          const results = await placeOrders(tx, outbox, requests, deadlineMs);
          hitFailpoint('order.before-commit');
          return results;
        }),
      batchSizeMax,
      queueSizeMax: QUEUE_SIZE_MAX,
      concurrency: 2,
    });
  }

  /**
   * Places an order, once per customer and idempotency key.
   *
   * @throws BatcherFullError, or a transient database error: nothing is known to be stored, the client may try again
   */
  async place(
    request: OrderRequest,
  ): Promise<PlaceOrderResult | { readonly outcome: 'in_flight' | 'outbox_full' }> {
    if (this.outbox.isFull) return { outcome: 'outbox_full' };
    const key = composeKey(request);
    if (this.inFlight.has(key)) return { outcome: 'in_flight' };
    this.inFlight.add(key);
    try {
      const result = await this.batcher.submit(request);
      hitFailpoint('order.after-commit');
      return result;
    } finally {
      this.inFlight.delete(key);
    }
  }
}
