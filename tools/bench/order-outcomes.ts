import { type ChannelModel, connect } from 'amqplib';
import { brokerUrlOptions } from '#messaging';
import { InvalidRunError } from './invalid-run-error.js';

/** More than the time to the first completion of a backlog: all 200,000 holds precede the first deduction. */
const STALLED_AFTER_MS = 600_000;

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Records the outcome of orders: subscribes to `order.completed` and `order.cancelled` on the shop's own exchange. The
 * latter is published when a cancellation begins, so its compensation may still be in progress. The queue is exclusive and
 * not durable. Every shop under test has the same subscription, so its cost is the same for all.
 */
export class OrderOutcomes {
  private readonly completedAt = new Map<string, number>();
  private readonly cancelled = new Set<string>();
  private waiters: Waiter[] = [];
  private stallTimer: NodeJS.Timeout | undefined;

  constructor(private readonly connection: Pick<ChannelModel, 'close'>) {}

  static async subscribe(brokerUrl: string): Promise<OrderOutcomes> {
    const connection = await connect(brokerUrl, { noDelay: true, ...brokerUrlOptions(brokerUrl) });
    connection.on('error', () => {}); // deliveries stop then, and waitForCount rejects
    const outcomes = new OrderOutcomes(connection);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
    for (const event of ['completed', 'cancelled'])
      await channel.bindQueue(queue, 'order.events', `order.${event}.#`);
    await channel.consume(
      queue,
      (message) => message && outcomes.record(message.fields.routingKey, message.content),
      { noAck: true },
    );
    return outcomes;
  }

  /** Records an `order.completed` or `order.cancelled`. Duplicates of an event count once. */
  record(routingKey: string, content: Buffer): void {
    const { orderId } = (JSON.parse(content.toString()) as { data: { orderId: string } }).data;
    if (routingKey.startsWith('order.cancelled')) this.cancelled.add(orderId);
    else if (!this.completedAt.has(orderId)) this.completedAt.set(orderId, performance.now());
    this.stallTimer?.refresh();
    const reached = this.waiters.filter(({ count }) => count <= this.count);
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter(({ count }) => count > this.count);
    for (const { resolve } of reached) resolve();
    this.clearStallTimer();
  }

  /** Orders with an outcome. */
  get count(): number {
    return this.completedAt.size + this.cancelled.size;
  }

  withoutCompletion(orderIds: readonly string[]): string[] {
    return orderIds.filter((id) => !this.completedAt.has(id));
  }

  /**
   * When the first `order.completed` of an order arrived, by `performance.now()`. The event has passed outbox, relay and
   * broker by then, so the order completed earlier: an upper bound. NaN when none arrived.
   */
  receivedAt(orderId: string): number {
    return this.completedAt.get(orderId) ?? NaN;
  }

  /**
   * Resolves when `count` orders have an outcome.
   *
   * @throws InvalidRunError when no outcome arrives for ten minutes
   */
  waitForCount(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    this.stallTimer ??= setTimeout(() => this.rejectWaiters(), STALLED_AFTER_MS);
    return new Promise((resolve, reject) => this.waiters.push({ count, resolve, reject }));
  }

  async close(): Promise<void> {
    this.waiters = [];
    this.clearStallTimer();
    await this.connection.close();
  }

  private rejectWaiters(): void {
    const waiters = this.waiters;
    this.waiters = [];
    this.clearStallTimer();
    const minutes = STALLED_AFTER_MS / 60_000;
    for (const { count, reject } of waiters)
      reject(
        new InvalidRunError(
          `${this.count} of ${count} orders have an outcome; none arrived within the last ${minutes} min`,
        ),
      );
  }

  private clearStallTimer(): void {
    if (this.waiters.length > 0) return;
    clearTimeout(this.stallTimer);
    this.stallTimer = undefined;
  }
}
