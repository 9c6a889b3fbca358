import { CompletionListener } from './completion-listener.js';
import { type ConstantRate, OrderClient, openLoop } from './load.js';
import { busyPercent, type ByName, cpuPer, cpuUsed, type MeasuredProcess } from './measure.js';
import { InvalidRunError } from './invalid-run-error.js';

/** A shop that runs: ours, or one that ours is compared with. All take `POST /orders` and publish on `order.events`. */
export interface RunningShop {
  readonly orderUrl: string;
  /** The virtual host of its exchanges. */
  readonly brokerUrl: string;
  /** Its processes, the servers', and the load generator. */
  readonly measured: readonly MeasuredProcess[];
  /** Everything that was accepted must have been done, once, and the books agree. @throws InvalidRunError */
  verify(acceptedIds: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly connections: number;
  /** Orders that may be under way at a time: enough to keep the shop busy, too few to flood it. */
  readonly inFlightMax: number;
  /** How long orders are placed; those that are under way then are waited for, and counted. */
  readonly durationMs: number;
}

export interface Round {
  readonly orders: number;
  /** From the first POST to the last completion. */
  readonly ordersPerSecond: number;
  readonly cpuUsPerOrder: ByName;
}

/** How long orders waited, each from when it was due. */
export interface Latencies {
  /** To its 202. */
  readonly acceptMs: readonly number[];
  /** Until it was heard to have completed: see {@link CompletionListener.receivedAt}. */
  readonly completedMs: readonly number[];
  /** How busy everything measured kept one core, from the first POST to the last completion. NaN without /proc. */
  readonly cpuPercent: number;
}

/** Puts a running shop under load, whichever shop it is. */
export class ShopUnderLoad {
  private readonly acceptedIds: string[] = [];
  private placed = 0;

  constructor(
    readonly name: string,
    readonly shop: RunningShop,
    private readonly client: OrderClient,
    private readonly completions: CompletionListener,
  ) {}

  static async open(name: string, shop: RunningShop, connections: number): Promise<ShopUnderLoad> {
    const completions = await CompletionListener.listen(shop.brokerUrl);
    return new ShopUnderLoad(name, shop, new OrderClient(shop.orderUrl, connections), completions);
  }

  /** One round of load, to the end of its last order. */
  async runRound(load: LoadOptions): Promise<Round> {
    const { measured } = this.shop;
    const [before, cpuBefore, startedAt] = [this.placed, cpuUsed(measured), performance.now()];
    const placeOrders = async (): Promise<void> => {
      while (performance.now() < startedAt + load.durationMs) {
        await this.completions.waitForCount(this.placed + 1 - load.inFlightMax);
        await this.place();
      }
    };
    await Promise.all(Array.from({ length: load.connections }, placeOrders));
    await this.waitForCompletion();
    const ms = performance.now() - startedAt;
    const orders = this.placed - before;
    const cpuUsPerOrder = cpuPer(orders, cpuBefore, cpuUsed(measured));
    return { orders, ordersPerSecond: (1000 * orders) / ms, cpuUsPerOrder };
  }

  /** Orders at a constant rate, whatever has become of those before, to the end of the last one. @throws OrderRejectedError, InvalidRunError */
  async measureLatencies(rate: ConstantRate): Promise<Latencies> {
    const { measured } = this.shop;
    const [cpuBefore, startedAt] = [cpuUsed(measured), performance.now()];
    const accepted = await openLoop(this.client, rate);
    this.placed += accepted.length;
    for (const { id } of accepted) this.acceptedIds.push(id);
    await this.waitForCompletion();
    return {
      acceptMs: accepted.map(({ sentAt, respondedAt }) => respondedAt - sentAt),
      completedMs: accepted.map(({ id, sentAt }) => this.completions.receivedAt(id) - sentAt),
      cpuPercent: busyPercent(performance.now() - startedAt, cpuBefore, cpuUsed(measured)),
    };
  }

  /** @throws OrderRejectedError */
  async place(): Promise<void> {
    this.placed += 1;
    this.acceptedIds.push((await this.client.place()).id);
  }

  /** Resolves with the completion of the last order placed. @throws InvalidRunError */
  waitForCompletion(): Promise<void> {
    return this.completions.waitForCount(this.placed);
  }

  /** @throws InvalidRunError */
  async verify(): Promise<void> {
    const missing = this.completions.withoutCompletion(this.acceptedIds);
    if (missing.length > 0)
      throw new InvalidRunError(`${this.name}: ${missing.length} orders have not completed.`);
    await this.shop.verify(this.acceptedIds);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.completions.close();
  }
}
