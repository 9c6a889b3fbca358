import { crashPoint } from '#failpoints';
import { Batcher } from '#concurrency';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { keyOf, type Placed, type PlaceOrder, placeOrders } from './place-orders.js';

export interface OrderDeskOptions {
  readonly batchSizeMax: number;
  /** How long an order may stay pending, in ms. */
  readonly deadlineMs: number;
}

/** How many requests may wait for a transaction before new ones are turned away. */
const WAITING_MAX = 10_000;

/** Takes orders: requests that arrive together are stored in one transaction, each with its own answer. */
export class OrderDesk {
  private readonly batcher: Batcher<PlaceOrder, Placed>;
  private readonly inFlight = new Set<string>();

  constructor(
    database: Database,
    private readonly outbox: Outbox,
    { batchSizeMax, deadlineMs }: OrderDeskOptions,
  ) {
    this.batcher = new Batcher({
      run: (wishes) =>
        database.transaction(async (tx) => {
          const placed = await placeOrders(tx, outbox, wishes, deadlineMs);
          crashPoint('order: before commit');
          return placed;
        }),
      batchSizeMax,
      waitingMax: WAITING_MAX,
      concurrency: 2,
    });
  }

  /**
   * Places an order, once per customer and idempotency key.
   *
   * @throws BatcherFull, or a transient database error: nothing is known to be stored, the client may try again
   */
  async place(wish: PlaceOrder): Promise<Placed | { readonly outcome: 'in_flight' | 'outbox_full' }> {
    if (this.outbox.isFull) return { outcome: 'outbox_full' };
    const key = keyOf(wish);
    if (this.inFlight.has(key)) return { outcome: 'in_flight' };
    this.inFlight.add(key);
    try {
      const placed = await this.batcher.submit(wish);
      crashPoint('order: after commit, before the answer');
      return placed;
    } finally {
      this.inFlight.delete(key);
    }
  }
}
