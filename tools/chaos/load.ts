import { setTimeout as pause } from 'node:timers/promises';

import { request } from '../client/http-request.js';
import type { ShopClient } from '../client/shop-client.js';
import type { OrderRequest } from '../client/api-types.js';
import type { Journal } from './journal.js';
import { Random } from './random.js';

const CLIENT_COUNT = 8;
const RESPONSE_TIMEOUT_MS = 3_000;
/** How long shoppers go on asking for an answer when nothing is broken any more. */
const DRAIN_TIMEOUT_MS = 120_000;
const CANCEL_PROBABILITY = 0.1;

/** What they buy. The scarce one is soon sold out: what is sold of it beyond that would be sold twice. */
export interface Products {
  readonly plentiful: readonly string[];
  readonly scarce: string;
}

/** Lists products of this run's own, and puts them in stock. */
export async function createProducts(shop: ShopClient): Promise<Products> {
  const plentiful = [];
  for (let count = 0; count < 3; count += 1) plentiful.push(await shop.createProduct({ stock: 1_000_000 }));
  return { plentiful, scarce: await shop.createProduct({ stock: 200 }) };
}

/** A request that can never be accepted is a fault of the shoppers' or of the shop's. */
export class OrderRejectedError extends Error {
  override readonly name = 'OrderRejectedError';
}

export interface LoadOptions {
  readonly seed: number;
  /** The same order may be sent to any of them. */
  readonly orderUrls: readonly string[];
  readonly products: Products;
  readonly journal: Journal;
}

/**
 * Customers who do not give up: each places one order after the other, and sends it again, under the same key, until it
 * is answered. One in ten changes their mind. What they wish for is decided by the seed; how many orders that makes
 * depends on how fast the shop answers.
 */
export class LoadGenerator {
  acceptedCount = 0;
  /** Who has sent a first request and has no answer yet. */
  inFlight = 0;
  private isStopping = false;
  private giveUpAt = Number.POSITIVE_INFINITY;

  constructor(private readonly options: LoadOptions) {}

  /** Resolves when all have left: {@link stop}. @throws OrderRejectedError */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENT_COUNT }, (_, number) => this.runClient(number)));
  }

  /** No further order; those sent are seen through. */
  stop(): void {
    this.isStopping = true;
    this.giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
  }

  private async runClient(number: number): Promise<void> {
    const random = new Random(this.options.seed * CLIENT_COUNT + number);
    for (let count = 1; !this.isStopping; count += 1) {
      const orderRequest = randomOrderRequest(random, this.options.products);
      const cancelsAfterMs = random.happens(CANCEL_PROBABILITY) ? random.integer(0, 1_000) : undefined;
      const id = await this.place(`chaos-${this.options.seed}-${number}-${count}`, orderRequest, random);
      if (id === undefined) return;
      if (cancelsAfterMs !== undefined) {
        await pause(cancelsAfterMs);
        await this.cancel(id, random);
      }
      await pause(random.integer(20, 200));
    }
  }

  /** Resolves to the order's id, or to undefined when patience is at its end. */
  private async place(key: string, orderRequest: OrderRequest, random: Random): Promise<string | undefined> {
    const { journal } = this.options;
    const body = JSON.stringify(orderRequest);
    this.inFlight += 1;
    try {
      while (performance.now() < this.giveUpAt) {
        journal.add({ request: 'order', key, body: orderRequest });
        const response = await this.send('/orders', body, random, { 'idempotency-key': key });
        if (response !== undefined) {
          const id = response.status === 202 ? (JSON.parse(response.body) as { id: string }).id : undefined;
          journal.add({ responseStatus: response.status, key, ...(id !== undefined && { id }) });
          if (id !== undefined) {
            this.acceptedCount += 1;
            return id;
          }
          if (isRejection(response.status))
            throw new OrderRejectedError(`order ${key}: ${response.status} ${response.body}`);
        }
        await pause(random.integer(50, 300));
      }
      return undefined;
    } finally {
      this.inFlight -= 1;
    }
  }

  private async cancel(id: string, random: Random): Promise<void> {
    while (performance.now() < this.giveUpAt) {
      this.options.journal.add({ request: 'cancellation', id });
      const response = await this.send(`/orders/${id}/cancel`, undefined, random);
      if (response?.status === 202) return;
      if (response && isRejection(response.status))
        throw new OrderRejectedError(`cancelling ${id}: ${response.status} ${response.body}`);
      await pause(random.integer(50, 300));
    }
  }

  /** Undefined when there was no answer: it may have been done or not. */
  private send(
    path: string,
    body: string | undefined,
    random: Random,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: string } | undefined> {
    return request(random.pick(this.options.orderUrls) + path, {
      method: 'POST',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
      timeoutMs: RESPONSE_TIMEOUT_MS,
    }).catch(() => undefined);
  }
}

/** 409: the first try is still at it. */
function isRejection(status: number): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429;
}

function randomOrderRequest(random: Random, { plentiful, scarce }: Products): OrderRequest {
  const lines = Array.from({ length: random.integer(1, 3) }, () => ({
    sku: random.happens(0.15) ? scarce : random.pick(plentiful),
    quantity: random.integer(1, 3),
  }));
  return { lines, paymentToken: random.happens(0.05) ? 'tok_declined' : 'tok_visa' };
}
