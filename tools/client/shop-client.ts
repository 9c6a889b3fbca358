import { randomBytes, randomUUID } from 'node:crypto';
import type { Scope } from '#access';
import type {
  AcceptedResponse,
  AcceptedOrder,
  ApiResponse,
  GatewayModes,
  LedgerEntry,
  LedgerPage,
  Order,
  OrderSummary,
  Page,
  Payment,
  Product,
  StockLevel,
  Transition,
  OrderRequest,
  ProcessName,
} from './api-types.js';
import type { TokenSource } from './token-source.js';
import { WaitTimeoutError, waitUntil } from './wait-until.js';

export interface RequestOptions {
  /** Sent as JSON; a string or bytes are sent unchanged. Default: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Rejects when the response is not complete after this time, in ms. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** A request and its complete response. */
export interface Exchange {
  readonly process: ProcessName;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, else the text; undefined when it is empty. */
  readonly body: unknown;
}

const ORDER_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Who sends the requests of a client. */
interface Identity {
  readonly sub: string;
  readonly scopes: readonly Scope[];
}

/** A member of staff who may call every route, and whose own orders are those of `guest`. */
const STAFF: Identity = {
  sub: 'guest',
  scopes: ['shop', 'support', 'catalogue', 'stock', 'operator'],
};

/** A client of the shop's REST API and of an order's event stream (SSE). */
export class ShopClient {
  /** The ids of all accepted orders, in the order of their responses. */
  acceptedIds: string[] = [];

  private identity: Identity = STAFF;

  /**
   * @param tokens sign the tokens of requests. Default: requests carry no token
   * @param check called with every response; the request rejects with its error. Default: no check
   */
  constructor(
    private readonly urls: Readonly<Record<ProcessName, string>>,
    private readonly tokens?: Pick<TokenSource, 'get'>,
    private readonly check: (exchange: Exchange) => void = () => {},
  ) {}

  /** A client of another caller; both have the same {@link acceptedIds}. Default scope: `shop`, a customer. */
  as(sub: string, scopes: readonly Scope[] = ['shop']): ShopClient {
    const client = new ShopClient(this.urls, this.tokens, this.check);
    client.identity = { sub, scopes };
    client.acceptedIds = this.acceptedIds;
    return client;
  }

  /** A client whose requests carry no token. */
  anonymous(): ShopClient {
    return new ShopClient(this.urls, undefined, this.check);
  }

  /** The headers that name the caller. */
  async authorization(): Promise<Record<string, string>> {
    const { sub, scopes } = this.identity;
    return this.tokens ? { authorization: `Bearer ${await this.tokens.get(sub, scopes)}` } : {};
  }

  /** Sends any request and returns the response, also an error status. @throws Error when there is no response */
  async request<Body>(
    process: ProcessName,
    method: string,
    path: string,
    { body, headers, timeoutMs = REQUEST_TIMEOUT_MS }: RequestOptions = {},
  ): Promise<ApiResponse<Body>> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const identity = process === 'gateway-simulator' ? {} : await this.authorization();
    const startedAt = performance.now();
    const response = await fetch(this.urls[process] + path, {
      method,
      headers: { ...identity, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const { status, headers: responseHeaders } = response;
    const isJson = /^application\/(problem\+)?json/.test(responseHeaders.get('content-type') ?? '');
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined; // HEAD has no body
    const checked = parsed ?? (text === '' ? undefined : text);
    this.check({ process, method, path, status, headers: responseHeaders, body: checked });
    return {
      status,
      headers: responseHeaders,
      text,
      body: parsed as Body,
      correlationId: responseHeaders.get('x-correlation-id') ?? '',
      durationMs: performance.now() - startedAt,
    };
  }

  /** `POST /orders`; returns the response, also an error status. A repeated key returns the same order. */
  async tryPlace(
    request: unknown,
    idempotencyKey: string = randomUUID(),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse<AcceptedOrder>> {
    const options = { body: request, headers: { ...headers, 'idempotency-key': idempotencyKey } };
    const response = await this.request<AcceptedOrder>('order', 'POST', '/orders', options);
    if (response.status === 202 && !this.acceptedIds.includes(response.body.id))
      this.acceptedIds.push(response.body.id);
    return response;
  }

  /** Places an order. @throws Error when the status is not 2xx */
  async place(request: OrderRequest, idempotencyKey?: string): Promise<AcceptedResponse> {
    const response = assertSuccess('POST /orders', await this.tryPlace(request, idempotencyKey));
    return { ...response, id: response.body.id };
  }

  /** Requests the cancellation of an order; {@link waitUntilEnded} returns the outcome. */
  async cancel(orderId: string): Promise<ApiResponse<Order>> {
    const path = `/orders/${orderId}/cancel`;
    return assertSuccess(`POST ${path}`, await this.request<Order>('order', 'POST', path));
  }

  order(orderId: string): Promise<Order> {
    return this.get('order', `/orders/${orderId}`);
  }

  /** @param query `?status=pending&limit=10` */
  orders(query = ''): Promise<Page<OrderSummary>> {
    return this.get('order', `/orders${query}`);
  }

  stock(sku: string): Promise<StockLevel> {
    return this.get('inventory', `/stock/${sku}`);
  }

  payment(orderId: string): Promise<Payment> {
    return this.get('payment', `/payments/${orderId}`);
  }

  /** The gateway's ledger entries for an order, oldest first. */
  async ledger(orderId: string): Promise<readonly LedgerEntry[]> {
    const path = `/v1/ledger?reference=${orderId}`;
    return (await this.get<LedgerPage>('gateway-simulator', path)).entries;
  }

  /** Sets the gateway's behaviour: `{ authorize: { behaviour: 'slow', delayMs: 150 } }`. */
  async setGatewayModes(modes: GatewayModes): Promise<void> {
    const options = { body: modes };
    assertSuccess('PUT /v1/modes', await this.request('gateway-simulator', 'PUT', '/v1/modes', options));
  }

  /** Creates a product or changes its price; `amount` is in 分. */
  async putProduct(sku: string, amount: number): Promise<Product> {
    const body = { name: { en: sku, zh: sku }, price: { amount, currency: 'CNY' } };
    const path = `/products/${sku}`;
    return assertSuccess(`PUT ${path}`, await this.request<Product>('order', 'PUT', path, { body })).body;
  }

  /** Receives stock, once per key; returns the response, also an error status. */
  tryReceiveStock(
    sku: string,
    quantity: number,
    idempotencyKey: string = randomUUID(),
  ): Promise<ApiResponse<StockLevel>> {
    const options = { body: { quantity }, headers: { 'idempotency-key': idempotencyKey } };
    return this.request('inventory', 'POST', `/stock/${sku}/receipts`, options);
  }

  /** Creates a product with a unique SKU and `stock` units, and returns the SKU once inventory lists it. */
  async createProduct({ stock, amount = 1_000 }: { stock: number; amount?: number }): Promise<string> {
    const sku = `NEW-${randomBytes(6).toString('hex').toUpperCase()}`;
    await this.putProduct(sku, amount);
    const path = `/stock/${sku}`;
    const isListed = ({ status }: ApiResponse): boolean => status === 200;
    await waitUntil(`${sku} in inventory`, () => this.request('inventory', 'GET', path), isListed);
    if (stock > 0) assertSuccess(`POST ${path}/receipts`, await this.tryReceiveStock(sku, stock));
    return sku;
  }

  /** Waits until the order is completed or cancelled, and returns it with its history. @throws WaitTimeoutError */
  async waitUntilEnded(orderId: string, onStep: (step: Transition) => void = () => {}): Promise<Order> {
    for await (const step of this.steps(orderId)) onStep(step);
    return this.order(orderId);
  }

  /** Waits for a matching transition. @throws WaitTimeoutError, Error when the order ends without it */
  async waitForStep(orderId: string, isWanted: (step: Transition) => boolean): Promise<Transition> {
    for await (const step of this.steps(orderId)) if (isWanted(step)) return step;
    throw new Error(`order ${orderId} ended without the awaited transition`);
  }

  /**
   * `GET /orders/:id/events`: yields every transition from the first, as it happens, until the order has ended.
   *
   * @throws WaitTimeoutError after 60 s, Error when the stream ends early
   */
  async *steps(orderId: string): AsyncGenerator<Transition> {
    const tooLong = AbortSignal.timeout(ORDER_TIMEOUT_MS);
    let status = 'unknown';
    try {
      const url = `${this.urls.order}/orders/${orderId}/events`;
      const headers = { accept: 'text/event-stream', ...(await this.authorization()) };
      const response = await fetch(url, { headers, signal: tooLong });
      if (response.status !== 200 || response.body === null)
        throw new Error(`GET ${url}: ${response.status}`);
      for await (const step of parseSteps(response.body)) {
        status = step.to;
        yield step;
      }
    } catch (error) {
      if (!tooLong.aborted) throw error;
      const message = `order ${orderId} is ${status} after ${ORDER_TIMEOUT_MS / 1000} s`;
      throw new WaitTimeoutError(message, { cause: error });
    }
    if (status !== 'completed' && status !== 'cancelled')
      throw new Error(`the event stream of order ${orderId} ended while it was ${status}`);
  }

  private async get<Body>(process: ProcessName, path: string): Promise<Body> {
    return assertSuccess(`GET ${path}`, await this.request<Body>(process, 'GET', path)).body;
  }
}

/** @throws Error when the status is not 2xx */
function assertSuccess<Body>(description: string, response: ApiResponse<Body>): ApiResponse<Body> {
  if (response.status >= 200 && response.status < 300) return response;
  throw new Error(`${description}: ${response.status} ${response.text}`);
}

async function* parseSteps(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Transition> {
  let rest = '';
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data) as Transition;
    }
  }
}
