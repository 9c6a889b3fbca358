import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Ten SKUs of the seeded catalogue. */
export const skus = [
  'TEA-LONGJING-100G',
  'TEA-PUER-357G',
  'TEAPOT-ZISHA-200ML',
  'WOK-IRON-32CM',
  'SAUCE-DOUBANJIANG-500G',
  'RICE-WUCHANG-5KG',
  'SILK-SCARF-RED',
  'LAMP-DESK-LED',
  'EARBUDS-BT5',
  'POWERBANK-20000',
] as const;

/** Units of each SKU in stock before the load: no scenario but `flash-sale` runs out of stock. */
export const INITIAL_STOCK = 1_000_000;

/** The body of an order of one unit of each SKU, encoded once, so the load generator does not encode it per request. */
export function orderBody(...skus: readonly string[]): Buffer {
  const lines = skus.map((sku) => ({ sku, quantity: 1 }));
  return Buffer.from(JSON.stringify({ lines, paymentToken: 'tok_visa' }));
}

const twoLines = skus.map((sku, index) => orderBody(sku, skus[(index + 3) % skus.length]!));

/** An order that was answered with 202. Times are those of `performance.now()`. */
export interface AcceptedOrder {
  readonly id: string;
  /** When the POST was sent; in an open loop, when it was due. */
  readonly sentAt: number;
  readonly respondedAt: number;
}

/** The shop answered an order with a status other than 202, which invalidates the measurement. */
export class OrderRejectedError extends Error {
  override readonly name = 'OrderRejectedError';
}

/** Places orders over keep-alive connections. `node:http` uses about 50 µs of CPU per order; `fetch` used 150 µs. */
export class OrderClient {
  private readonly agent: Agent;
  private readonly keyPrefix = `bench-${process.pid}-${Date.now()}`;
  private readonly endpoint: { readonly host: string; readonly port: string };
  private placed = 0;

  /** @param tokens one per customer; the orders are theirs in turn. Default: requests carry no token */
  constructor(
    orderUrl: string,
    connectionsMax: number,
    private readonly tokens: readonly string[] = [],
  ) {
    const { hostname, port } = new URL(orderUrl);
    this.endpoint = { host: hostname.replace(/^\[|\]$/g, ''), port };
    this.agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /**
   * @param bodies the order bodies, used in turn over all calls. Default: two SKUs of ten
   * @throws OrderRejectedError
   */
  place(bodies: readonly Buffer[] = twoLines, sentAt = performance.now()): Promise<AcceptedOrder> {
    const count = (this.placed += 1);
    const body = bodies[count % bodies.length]!;
    const token = this.tokens[count % this.tokens.length];
    return new Promise((resolve, reject) => {
      const sent = request({
        ...this.endpoint,
        agent: this.agent,
        method: 'POST',
        path: '/orders',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          'idempotency-key': `${this.keyPrefix}-${count}`,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode, headers } = response;
          if (statusCode !== 202)
            return reject(new OrderRejectedError(`POST /orders: expected status 202, got ${statusCode}`));
          const id = headers.location!.slice('/orders/'.length);
          return resolve({ id, sentAt, respondedAt: performance.now() });
        });
        response.resume();
      });
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export interface ConstantRate {
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

/**
 * An open loop: places orders at a constant rate, independent of the responses. Each latency starts when the order was
 * due, so a stall delays every order due during it: the correction for coordinated omission,
 * https://www.scylladb.com/2021/04/22/on-coordinated-omission/
 * The time an order waits for a free connection counts.
 *
 * @throws OrderRejectedError
 */
export async function openLoop(
  client: OrderClient,
  { ratePerSecond, durationMs }: ConstantRate,
): Promise<AcceptedOrder[]> {
  const total = Math.round((ratePerSecond * durationMs) / 1000);
  const startedAt = performance.now();
  const dueAt = (index: number): number => startedAt + (index * 1000) / ratePerSecond;
  const placed: Promise<AcceptedOrder>[] = [];
  while (placed.length < total) {
    while (placed.length < total && dueAt(placed.length) <= performance.now()) {
      const order = client.place(undefined, dueAt(placed.length));
      order.catch(() => {}); // Promise.all below throws it
      placed.push(order);
    }
    // Timers have a resolution of 1 ms; a delay rounded down would wake this loop twice per order.
    await delay(Math.ceil(dueAt(placed.length) - performance.now()));
  }
  return Promise.all(placed);
}
