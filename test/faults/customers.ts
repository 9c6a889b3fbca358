import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Journal } from '../../tools/chaos/journal.js';
import { type HttpResponse, request } from '../../tools/client/http-request.js';
import type { OrderRequest } from '../../tools/client/api-types.js';

const RESPONSE_TIMEOUT_MS = 5_000;
const CONCURRENCY = 8;

/** Customers who write down what they ask before they ask it, and do not give up. */
export class JournaledClients {
  private readonly acceptedBodies = new Map<string, string>();

  constructor(
    private readonly orderUrl: string,
    private readonly journal: Journal,
  ) {}

  /**
   * Asks once, under the key, and resolves to what is answered, or to undefined when nothing is.
   *
   * @throws Error when an order was accepted under this key before, and the answer is not the same byte for byte
   */
  async tryPlace(orderRequest: OrderRequest, key: string = randomUUID()): Promise<HttpResponse | undefined> {
    this.journal.add({ request: 'order', key, body: orderRequest });
    const response = await request(`${this.orderUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(orderRequest),
      timeoutMs: RESPONSE_TIMEOUT_MS,
    }).catch(() => undefined);
    if (response === undefined) return undefined;
    const accepted = response.status === 202;
    this.journal.add({
      responseStatus: response.status,
      key,
      ...(accepted && { id: parseOrderId(response) }),
    });
    if (accepted && (this.acceptedBodies.get(key) ?? response.body) !== response.body)
      throw new Error(`one key, two answers: ${this.acceptedBodies.get(key)} and ${response.body}`);
    if (accepted) this.acceptedBodies.set(key, response.body);
    return response;
  }

  /** Asks under one key until the order is accepted, and resolves to its id. */
  async place(orderRequest: OrderRequest, key: string = randomUUID()): Promise<string> {
    for (;;) {
      const response = await this.tryPlace(orderRequest, key);
      if (response?.status === 202) return parseOrderId(response);
      const mayTryAgain = response === undefined || [409, 503].includes(response.status);
      if (!mayTryAgain) throw new Error(`order ${key}: ${response.status} ${response.body}`);
      await pause(50);
    }
  }

  /** `count` orders, eight at a time. */
  async placeMany(orderRequest: OrderRequest, count: number): Promise<string[]> {
    const ids: string[] = [];
    let begun = 0;
    const placeOrders = async (): Promise<void> => {
      while (begun++ < count) ids.push(await this.place(orderRequest));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, placeOrders));
    return ids;
  }

  /** Goes on placing orders, eight at a time, for as long as `work` takes; at least one each before and after it. */
  async placeDuring(orderRequest: OrderRequest, work: () => Promise<unknown>): Promise<string[]> {
    const ids = await this.placeMany(orderRequest, CONCURRENCY);
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    const placeOrders = async (): Promise<void> => {
      let isLast: boolean;
      do {
        isLast = isOver;
        ids.push(await this.place(orderRequest));
      } while (!isLast);
    };
    await Promise.all([working, ...Array.from({ length: CONCURRENCY }, placeOrders)]);
    return ids;
  }
}

function parseOrderId({ body }: HttpResponse): string {
  return (JSON.parse(body) as { id: string }).id;
}
