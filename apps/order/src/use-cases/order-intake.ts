import { hitFailpoint } from '#failpoints';
import { Batcher } from '#concurrency';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { composeKey, type PlaceOrderResult, type OrderRequest, placeOrders } from './place-orders.js';

export interface OrderIntakeOptions {
  /** Requests in one transaction. */
  readonly batchSizeMax: number;
  /** Time, in ms, after which a pending order is cancelled. */
  readonly deadlineMs: number;
}

/** Requests that may wait for a transaction; further requests are rejected with 503. */
const QUEUE_SIZE_MAX = 10_000;

/** 受理订单: stores concurrent order requests in one transaction, each with its own result. */
export class OrderIntake {
  private readonly batcher: Batcher<OrderRequest, PlaceOrderResult>;
  private readonly inFlight = new Set<string>();

  constructor(database: Database, outbox: Outbox, { batchSizeMax, deadlineMs }: OrderIntakeOptions) {
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
   * @throws BatcherFullError when too many requests wait: the order was not stored
   * @throws a transient database error: the outcome is unknown, and a retry under the same key is safe
   */
  async place(request: OrderRequest): Promise<PlaceOrderResult | { readonly outcome: 'in_flight' }> {
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
