import { setTimeout as pause } from 'node:timers/promises';

import type { OrderRequest } from '../client/api-types.js';
import type { ShopClient } from '../client/shop-client.js';
import type { TokenSource } from '../client/token-source.js';
import type { Journal } from './journal.js';
import { JournaledClient } from './journaled-client.js';
import { Random } from './random.js';

const CLIENT_COUNT = 8;
const RESPONSE_TIMEOUT_MS = 3_000;
const RETRY_PAUSE_MS = [50, 300] as const;
/** How long clients retry after the last fault. */
const DRAIN_TIMEOUT_MS = 120_000;
const CANCEL_PROBABILITY = 0.1;
const SCARCE_STOCK = 200;

/** SKUs to order. The scarce one sells out early, so an oversold unit shows as a violation of S1 or S2. */
export interface Products {
  readonly plentiful: readonly string[];
  readonly scarce: string;
}

/** Lists new products and receives their stock. */
export async function createProducts(shop: ShopClient): Promise<Products> {
  const plentiful = [];
  for (let count = 0; count < 3; count += 1) plentiful.push(await shop.createProduct({ stock: 1_000_000 }));
  return { plentiful, scarce: await shop.createProduct({ stock: SCARCE_STOCK }) };
}

export interface LoadOptions {
  /** Decides the order requests and the pauses of every client. Required. */
  readonly seed: number;
  /** Base URLs of order replicas; a retry may go to another replica than the first request. Required. */
  readonly orderUrls: readonly string[];
  /** Signs the tokens of requests. Required. */
  readonly tokens: TokenSource;
  /** Required. */
  readonly products: Products;
  /** Required. */
  readonly journal: Journal;
}

/**
 * Eight clients that each place one order after another, retry it under one key until it is accepted, and cancel one
 * in ten. The seed decides the order requests; the number of orders depends on the response times.
 */
export class LoadGenerator {
  acceptedCount = 0;
  /** Orders whose first request was sent and that are not accepted yet. */
  inFlight = 0;
  private isStopping = false;
  private readonly clients: readonly { readonly client: JournaledClient; readonly random: Random }[];

  constructor(private readonly options: LoadOptions) {
    const { seed, orderUrls, tokens, journal } = options;
    this.clients = Array.from({ length: CLIENT_COUNT }, (_, number) => {
      const random = new Random(seed * CLIENT_COUNT + number);
      const client = new JournaledClient({
        orderUrls,
        tokens,
        journal,
        random,
        responseTimeoutMs: RESPONSE_TIMEOUT_MS,
        retryPauseMs: RETRY_PAUSE_MS,
      });
      return { client, random };
    });
  }

  /** Places orders until {@link stop}; resolves when no order is in flight. @throws UnexpectedResponseError */
  async run(): Promise<void> {
    await Promise.all(
      this.clients.map(({ client, random }, number) => this.runClient(number, client, random)),
    );
  }

  /** Starts no further order. Orders in flight are retried for up to 120 s. */
  stop(): void {
    this.isStopping = true;
    for (const { client } of this.clients) client.giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
  }

  private async runClient(number: number, client: JournaledClient, random: Random): Promise<void> {
    for (let count = 1; !this.isStopping; count += 1) {
      const orderRequest = randomOrderRequest(random, this.options.products);
      const cancelsAfterMs = random.happens(CANCEL_PROBABILITY) ? random.integer(0, 1_000) : undefined;
      const id = await this.place(client, orderRequest, `chaos-${this.options.seed}-${number}-${count}`);
      if (id === undefined) return;
      if (cancelsAfterMs !== undefined) {
        await pause(cancelsAfterMs);
        await client.cancel(id);
      }
      await pause(random.integer(20, 200));
    }
  }

  private async place(
    client: JournaledClient,
    orderRequest: OrderRequest,
    key: string,
  ): Promise<string | undefined> {
    this.inFlight += 1;
    try {
      const id = await client.placeUntilGivenUp(orderRequest, key);
      if (id !== undefined) this.acceptedCount += 1;
      return id;
    } finally {
      this.inFlight -= 1;
    }
  }
}

function randomOrderRequest(random: Random, { plentiful, scarce }: Products): OrderRequest {
  const lines = Array.from({ length: random.integer(1, 3) }, () => ({
    sku: random.happens(0.15) ? scarce : random.pick(plentiful),
    quantity: random.integer(1, 3),
  }));
  return { lines, paymentToken: random.happens(0.05) ? 'tok_declined' : 'tok_visa' };
}
