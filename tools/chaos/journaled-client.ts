import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { OrderRequest } from '../client/api-types.js';
import { type HttpResponse, request } from '../client/http-request.js';
import type { TokenSource } from '../client/token-source.js';
import type { Journal } from './journal.js';
import { Random } from './random.js';

const RESPONSE_TIMEOUT_MS = 5_000;
const RETRY_PAUSE_MS = [50, 100] as const;
/** 409: the first request under the key is in progress. 429 and 503: overloaded or unavailable, try again. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([409, 429, 503]);

/** A response that no retry can change, or that contradicts an earlier one under the same key. */
export class UnexpectedResponseError extends Error {
  override readonly name = 'UnexpectedResponseError';
}

export interface JournaledClientOptions {
  /** Base URLs of order replicas; each request goes to one of them. Required. */
  readonly orderUrls: readonly string[];
  /** Receives every request before it is sent, and every response. Required. */
  readonly journal: Journal;
  /** Signs the tokens of the customer `guest`. Default: requests carry no token. */
  readonly tokens?: TokenSource;
  /** Chooses replica and retry pause. Default: a generator with seed 0. */
  readonly random?: Random;
  /** Default 5,000. */
  readonly responseTimeoutMs?: number;
  /** Bounds of the pause before a retry. Default 50 to 100. */
  readonly retryPauseMs?: readonly [min: number, max: number];
}

/** A client of the order service that journals each request before sending it and retries under the same key. */
export class JournaledClient {
  /** Retries end at this time of `performance.now()`. */
  giveUpAt = Number.POSITIVE_INFINITY;
  private readonly acceptedBodies = new Map<string, string>();
  private readonly random: Random;

  constructor(private readonly options: JournaledClientOptions) {
    this.random = options.random ?? new Random(0);
  }

  /**
   * Sends the order request once; resolves to undefined if no response arrives.
   *
   * @throws UnexpectedResponseError if the key was accepted before with a different response body
   */
  async tryPlace(orderRequest: OrderRequest, key: string = randomUUID()): Promise<HttpResponse | undefined> {
    const { journal } = this.options;
    journal.add({ request: 'order', key, body: orderRequest });
    const response = await this.post('/orders', JSON.stringify(orderRequest), { 'idempotency-key': key });
    if (response === undefined) return undefined;
    const isAccepted = response.status === 202;
    journal.add({
      responseStatus: response.status,
      key,
      ...(isAccepted && { id: parseOrderId(response) }),
    });
    if (isAccepted) this.assertSameBody(key, response.body);
    return response;
  }

  /**
   * Retries under one key until the order is accepted; resolves to its id, or to undefined at {@link giveUpAt}.
   *
   * @throws UnexpectedResponseError on a status other than 202, 409, 429 and 503
   */
  async placeUntilGivenUp(
    orderRequest: OrderRequest,
    key: string = randomUUID(),
  ): Promise<string | undefined> {
    const response = await this.retry(`order ${key}`, () => this.tryPlace(orderRequest, key));
    return response && parseOrderId(response);
  }

  /** As {@link placeUntilGivenUp}. @throws UnexpectedResponseError also at {@link giveUpAt} */
  async place(orderRequest: OrderRequest, key: string = randomUUID()): Promise<string> {
    const id = await this.placeUntilGivenUp(orderRequest, key);
    if (id === undefined) throw new UnexpectedResponseError(`order ${key} was not accepted in time`);
    return id;
  }

  /** Retries until the cancellation is accepted or until {@link giveUpAt}. @throws UnexpectedResponseError */
  async cancel(id: string): Promise<void> {
    await this.retry(`cancellation of ${id}`, () => {
      this.options.journal.add({ request: 'cancellation', id });
      return this.post(`/orders/${id}/cancel`);
    });
  }

  private async retry(
    description: string,
    send: () => Promise<HttpResponse | undefined>,
  ): Promise<HttpResponse | undefined> {
    while (performance.now() < this.giveUpAt) {
      const response = await send();
      if (response?.status === 202) return response;
      if (response !== undefined && !RETRYABLE_STATUSES.has(response.status))
        throw new UnexpectedResponseError(`${description}: ${response.status} ${response.body}`);
      await pause(this.random.integer(...(this.options.retryPauseMs ?? RETRY_PAUSE_MS)));
    }
    return undefined;
  }

  private async post(
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse | undefined> {
    const token = await this.options.tokens?.get('guest');
    const identity = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return request(this.random.pick(this.options.orderUrls) + path, {
      method: 'POST',
      headers: { ...identity, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
      timeoutMs: this.options.responseTimeoutMs ?? RESPONSE_TIMEOUT_MS,
    }).catch(() => undefined);
  }

  private assertSameBody(key: string, body: string): void {
    const earlier = this.acceptedBodies.get(key) ?? body;
    if (earlier !== body)
      throw new UnexpectedResponseError(`two responses under key ${key}: ${earlier} and ${body}`);
    this.acceptedBodies.set(key, body);
  }
}

function parseOrderId({ body }: HttpResponse): string {
  return (JSON.parse(body) as { id: string }).id;
}
