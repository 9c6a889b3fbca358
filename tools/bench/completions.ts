import { type ChannelModel, connect } from 'amqplib';
import { RunVoid } from './run-void.js';

const ENDED_WITHIN_MS = 120_000;

/**
 * Hears which orders complete: from `order.completed` on the shop's own exchange, through a queue that the broker keeps
 * in memory and drops with this connection. The shop does nothing for it, and the broker little, whichever shop it is.
 */
export class Completions {
  private readonly firstHeardAt = new Map<string, number>();
  private waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(private readonly connection: Pick<ChannelModel, 'close'>) {}

  static async listen(brokerUrl: string): Promise<Completions> {
    const connection = await connect(brokerUrl, { noDelay: true });
    connection.on('error', () => {}); // nothing more is heard then, and whoever waits gives up
    const completions = new Completions(connection);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
    await channel.bindQueue(queue, 'order.events', 'order.completed.#');
    await channel.consume(queue, (message) => message && completions.hear(message.content), { noAck: true });
    return completions;
  }

  /** Takes the bytes of an `order.completed`. A message may come twice; an order counts once. */
  hear(content: Buffer): void {
    const { orderId } = (JSON.parse(content.toString()) as { data: { orderId: string } }).data;
    if (!this.firstHeardAt.has(orderId)) this.firstHeardAt.set(orderId, performance.now());
    const reached = this.waiting.filter(({ count }) => count <= this.count);
    if (reached.length === 0) return;
    this.waiting = this.waiting.filter(({ count }) => count > this.count);
    for (const { resolve } of reached) resolve();
  }

  /** How many orders have completed. */
  get count(): number {
    return this.firstHeardAt.size;
  }

  /** Those that have not completed. */
  missing(orderIds: readonly string[]): string[] {
    return orderIds.filter((id) => !this.firstHeardAt.has(id));
  }

  /**
   * When an order was first heard to have completed, by `performance.now()`: its announcement has gone all the way through
   * outbox, relay and broker by then, so the order completed no later. NaN of one that was not heard.
   */
  heardAt(orderId: string): number {
    return this.firstHeardAt.get(orderId) ?? NaN;
  }

  /**
   * Resolves when `count` orders have completed.
   *
   * @throws RunVoid when that takes two minutes, as it does when one of them was cancelled
   */
  reach(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new RunVoid(
            `After ${ENDED_WITHIN_MS / 1000} s, ${this.count} of ${count} orders have completed: ` +
              'the others are under way, or were cancelled.',
          ),
        );
      }, ENDED_WITHIN_MS);
      this.waiting.push({
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
