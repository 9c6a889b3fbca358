import { InvalidRunError } from './invalid-run-error.js';
import { type AcceptedOrder, type ConstantRate, OrderClient, openLoop } from './load.js';
import { busyPercent, type ByName, cpuUsed, increasePer, type MeasuredProcess } from './measure.js';
import { OrderOutcomes } from './order-outcomes.js';

const CONNECTIONS_MAX = 256;
const PROGRESS_INTERVAL_MS = 10_000;

/** A running shop: this project's or a baseline's. Each serves `POST /orders` and publishes on `order.events`. */
export interface RunningShop {
  readonly orderUrl: string;
  /** One per customer. Default: requests carry no token. */
  readonly tokens?: readonly string[];
  /** Of the virtual host that has `order.events`. */
  readonly brokerUrl: string;
  /** The shop's processes, the servers and the load generator. */
  readonly measured: readonly MeasuredProcess[];
  /** Checks that every accepted order was processed exactly once. @throws InvalidRunError */
  verify(acceptedIds: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Concurrent requests, at most 256. Required. */
  readonly connections: number;
  /** Orders in flight, from the POST to their outcome: bounds the queues of a saturated shop. Default: no limit. */
  readonly inFlightMax?: number;
  /** How long orders are placed. Default: no limit. */
  readonly durationMs?: number;
  /** Orders placed at most. Default: no limit. */
  readonly ordersMax?: number;
  /** Order bodies, used in turn. Default: two SKUs of ten. */
  readonly orderBodies?: readonly Buffer[];
}

export interface Round {
  readonly orders: number;
  /** From the first POST to the last 202. */
  readonly acceptedPerSecond: number;
  /** From the first POST to the outcome of the last order. */
  readonly ordersPerSecond: number;
  readonly cpuUsPerOrder: ByName;
}

/** Latencies per order, from when its POST was due. */
export interface Latencies {
  /** To its 202. */
  readonly acceptMs: readonly number[];
  /** To the delivery of its `order.completed`: see {@link OrderOutcomes.receivedAt}. */
  readonly completedMs: readonly number[];
  /** CPU of all measured processes from the first POST to the last completion, in percent of one core. NaN without `/proc`. */
  readonly cpuPercent: number;
}

const EXTERNAL_PROCESSES: ReadonlySet<string> = new Set(['gateway-simulator', 'load generator']);

/** True for the payment gateway and the load generator, whose CPU is not part of an order's cost. */
export function isExternalProcess(name: string): boolean {
  return EXTERNAL_PROCESSES.has(name);
}

/** CPU per order of the services, PostgreSQL and RabbitMQ, in µs. */
export function shopCpuUs({ cpuUsPerOrder }: Round): number {
  return Object.entries(cpuUsPerOrder).reduce(
    (sum, [name, us]) => (isExternalProcess(name) ? sum : sum + us),
    0,
  );
}

/** Places orders in a running shop and measures rates, latencies and CPU. */
export class ShopUnderLoad {
  readonly acceptedIds: string[] = [];
  private placed = 0;

  constructor(
    readonly name: string,
    readonly shop: RunningShop,
    private readonly client: OrderClient,
    private readonly outcomes: OrderOutcomes,
    private readonly log: (line: string) => void = () => {},
  ) {}

  /** @param log receives a progress line every 10 s of a round */
  static async open(name: string, shop: RunningShop, log?: (line: string) => void): Promise<ShopUnderLoad> {
    const outcomes = await OrderOutcomes.subscribe(shop.brokerUrl);
    const client = new OrderClient(shop.orderUrl, CONNECTIONS_MAX, shop.tokens);
    return new ShopUnderLoad(name, shop, client, outcomes, log);
  }

  /** Places orders in a closed loop, waits for the outcome of the last one, and measures both. */
  async runRound(load: LoadOptions): Promise<Round> {
    const { measured } = this.shop;
    const [cpuBefore, startedAt] = [cpuUsed(measured), performance.now()];
    const orders = await this.placeOrders(load);
    const acceptedMs = performance.now() - startedAt;
    await this.waitForOutcomes();
    const endedMs = performance.now() - startedAt;
    return {
      orders,
      acceptedPerSecond: (1000 * orders) / acceptedMs,
      ordersPerSecond: (1000 * orders) / endedMs,
      cpuUsPerOrder: increasePer(orders, cpuBefore, cpuUsed(measured)),
    };
  }

  /**
   * A closed loop: each connection places its next order after the last response, so the rate adapts to the shop.
   * Resolves with the number of orders placed; they may still be in flight.
   *
   * @throws OrderRejectedError, InvalidRunError
   */
  async placeOrders(load: LoadOptions): Promise<number> {
    const { connections, inFlightMax = Infinity, durationMs = Infinity, ordersMax = Infinity } = load;
    const before = this.placed;
    const end = performance.now() + durationMs;
    const placeNext = async (): Promise<void> => {
      while (performance.now() < end && this.placed - before < ordersMax) {
        this.placed += 1;
        await this.outcomes.waitForCount(this.placed - inFlightMax);
        this.record(await this.client.place(load.orderBodies));
      }
    };
    await this.withProgress(() => Promise.all(Array.from({ length: connections }, placeNext)));
    return this.placed - before;
  }

  /** Places orders in an open loop and waits for the outcome of the last one. @throws OrderRejectedError, InvalidRunError */
  async measureLatencies(rate: ConstantRate): Promise<Latencies> {
    const { measured } = this.shop;
    const [cpuBefore, startedAt] = [cpuUsed(measured), performance.now()];
    const accepted = await this.withProgress(() => openLoop(this.client, rate));
    this.placed += accepted.length;
    for (const order of accepted) this.record(order);
    await this.waitForOutcomes();
    return {
      acceptMs: accepted.map(({ sentAt, respondedAt }) => respondedAt - sentAt),
      completedMs: accepted.map(({ id, sentAt }) => this.outcomes.receivedAt(id) - sentAt),
      cpuPercent: busyPercent(performance.now() - startedAt, cpuBefore, cpuUsed(measured)),
    };
  }

  /** Resolves when every order has an outcome. @throws InvalidRunError when no outcome arrives for ten minutes */
  waitForOutcomes(): Promise<void> {
    return this.withProgress(() => this.outcomes.waitForCount(this.placed));
  }

  /** Checks that every accepted order has completed, then audits the shop. @throws InvalidRunError */
  async verify(): Promise<void> {
    const missing = this.outcomes.withoutCompletion(this.acceptedIds);
    if (missing.length > 0)
      throw new InvalidRunError(`${this.name}: ${missing.length} accepted orders have not completed`);
    await this.shop.verify(this.acceptedIds);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.outcomes.close();
  }

  private record({ id }: AcceptedOrder): void {
    this.acceptedIds.push(id);
  }

  private async withProgress<Result>(work: () => Promise<Result>): Promise<Result> {
    const timer = setInterval(() => {
      const [accepted, ended] = [this.acceptedIds.length, this.outcomes.count];
      this.log(
        `    ${this.name}: ${accepted.toLocaleString('en')} orders accepted, ${ended.toLocaleString('en')} ended`,
      );
    }, PROGRESS_INTERVAL_MS);
    return work().finally(() => clearInterval(timer));
  }
}
