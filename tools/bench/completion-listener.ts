import { type ChannelModel, connect } from 'amqplib';
import { InvalidRunError } from './invalid-run-error.js';

const COMPLETION_TIMEOUT_MS = 120_000;

/**
 * Hears which orders complete: from `order.completed` on the shop's own exchange, through a queue that the broker keeps
 * in memory and drops with this connection. The shop does nothing for it, and the broker little, whichever shop it is.
 */
export class CompletionListener {
  private readonly firstReceivedAt = new Map<string, number>();
  private waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(private readonly connection: Pick<ChannelModel, 'close'>) {}

  static async listen(brokerUrl: string): Promise<CompletionListener> {
    const connection = await connect(brokerUrl, { noDelay: true });
    connection.on('error', () => {}); // nothing more is heard then, and whoever waits gives up
    const completions = new CompletionListener(connection);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
    await channel.bindQueue(queue, 'order.events', 'order.completed.#');
    await channel.consume(queue, (message) => message && completions.record(message.content), {
      noAck: true,
    });
    return completions;
  }

  /** Takes the bytes of an `order.completed`. A message may come twice; an order counts once. */
  record(content: Buffer): void {
    const { orderId } = (JSON.parse(content.toString()) as { data: { orderId: string } }).data;
    if (!this.firstReceivedAt.has(orderId)) this.firstReceivedAt.set(orderId, performance.now());
    const reached = this.waiters.filter(({ count }) => count <= this.count);
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter(({ count }) => count > this.count);
    for (const { resolve } of reached) resolve();
  }

  /** How many orders have completed. */
  get count(): number {
    return this.firstReceivedAt.size;
  }

  /** Those that have not completed. */
  withoutCompletion(orderIds: readonly string[]): string[] {
    return orderIds.filter((id) => !this.firstReceivedAt.has(id));
  }

  /**
   * When an order was first heard to have completed, by `performance.now()`: its announcement has gone all the way through
   * outbox, relay and broker by then, so the order completed no later. NaN of one that was not heard.
   */
  receivedAt(orderId: string): number {
    return this.firstReceivedAt.get(orderId) ?? NaN;
  }

  /**
   * Resolves when `count` orders have completed.
   *
   * @throws InvalidRunError when that takes two minutes, as it does when one of them was cancelled
   */
  waitForCount(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new InvalidRunError(
            `After ${COMPLETION_TIMEOUT_MS / 1000} s, ${this.count} of ${count} orders have completed: ` +
              'the others are under way, or were cancelled.',
          ),
        );
      }, COMPLETION_TIMEOUT_MS);
      this.waiters.push({
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
