import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Ten SKUs that every shop has from its first day. */
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

/** Units of each SKU that are in stock before the load: more than it can ask for. */
export const INITIAL_STOCK = 1_000_000;

/** An order of one unit of each of these SKUs, as it is sent; made once, so that it costs the load generator nothing. */
export function orderBody(...skus: readonly string[]): Buffer {
  const lines = skus.map((sku) => ({ sku, quantity: 1 }));
  return Buffer.from(JSON.stringify({ lines, paymentToken: 'tok_visa' }));
}

const twoLines = skus.map((sku, index) => orderBody(sku, skus[(index + 3) % skus.length]!));

/** An order that was accepted. Times are those of `performance.now()`. */
export interface AcceptedOrder {
  readonly id: string;
  /** When it was sent, or, in an open loop, when it should have been. */
  readonly sentAt: number;
  readonly respondedAt: number;
}

/** Anything but a 202: the load was too much, or something is broken. Whatever is measured then means nothing. */
export class OrderRejectedError extends Error {
  override readonly name = 'OrderRejectedError';
}

/** Places orders over connections that are kept alive. `node:http` costs about 50 µs of CPU per order, `fetch` thrice. */
export class OrderClient {
  private readonly agent: Agent;
  private readonly keyPrefix = `bench-${process.pid}-${Date.now()}`;
  private readonly endpoint: { readonly host: string; readonly port: string };
  private placed = 0;

  /** @param orderBodies what is ordered, one after the other, and again from the first. Default: two SKUs of ten */
  constructor(
    orderUrl: string,
    connectionsMax: number,
    private readonly orderBodies: readonly Buffer[] = twoLines,
  ) {
    const { hostname: host, port } = new URL(orderUrl);
    this.endpoint = { host, port };
    this.agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /** @throws OrderRejectedError */
  place(sentAt = performance.now()): Promise<AcceptedOrder> {
    const count = (this.placed += 1);
    const body = this.orderBodies[count % this.orderBodies.length]!;
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
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode, headers } = response;
          if (statusCode !== 202) reject(new OrderRejectedError(`an order was answered with ${statusCode}`));
          else
            resolve({
              id: headers.location!.slice('/orders/'.length),
              sentAt,
              respondedAt: performance.now(),
            });
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

export interface ClosedLoopOptions {
  readonly connections: number;
  /** Ends after so long, or after so many orders, whichever comes first. Default: no limit */
  readonly durationMs?: number;
  readonly ordersMax?: number;
  /** See {@link OrderClient}. */
  readonly orderBodies?: readonly Buffer[];
}

/**
 * A closed loop: on each connection the next order follows the last answer, so the shop is never asked for more than it
 * takes. Says how fast it can go; its latencies would flatter.
 */
export async function closedLoop(orderUrl: string, options: ClosedLoopOptions): Promise<AcceptedOrder[]> {
  const { connections, durationMs = Infinity, ordersMax = Infinity, orderBodies } = options;
  const client = new OrderClient(orderUrl, connections, orderBodies);
  const accepted: AcceptedOrder[] = [];
  const end = performance.now() + durationMs;
  let placed = 0;
  const placeOrders = async (): Promise<void> => {
    while (performance.now() < end && placed < ordersMax) {
      placed += 1;
      accepted.push(await client.place());
    }
  };
  await Promise.all(Array.from({ length: connections }, placeOrders)).finally(() => client.close());
  return accepted;
}

export interface ConstantRate {
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

/**
 * An open loop: orders arrive at a constant rate, whatever has become of those before. Each counts from the moment it
 * was due, not from when we got round to sending it, so a stall is felt by every order that falls into it: the
 * correction for coordinated omission, https://www.scylladb.com/2021/04/22/on-coordinated-omission/
 * An order that finds all connections busy waits for one, and the wait counts.
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
      const order = client.place(dueAt(placed.length));
      order.catch(() => {}); // thrown below
      placed.push(order);
    }
    // Timers know whole milliseconds: rounded down, each order would wake us twice.
    await delay(Math.ceil(dueAt(placed.length) - performance.now()));
  }
  return Promise.all(placed);
}
