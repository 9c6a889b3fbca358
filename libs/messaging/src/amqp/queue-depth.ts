import type { BrokerConnection } from './connection.js';

/**
 * Counts what lies in a queue that nobody consumes. It asks with a passive declaration, for which the broker wants no
 * permission, or (since RabbitMQ 4.2.6) any on that queue, on a channel of its own, because the broker closes that when
 * there is no such queue.
 */
export class QueueDepth {
  constructor(
    private readonly connection: BrokerConnection,
    private readonly queue: string,
  ) {}

  /**
   * How many messages are ready.
   *
   * @throws BrokerUnavailableError while there is no connection; another error when there is no such queue
   */
  async read(): Promise<number> {
    const channel = await this.connection.current.createChannel();
    channel.on('error', () => {}); // also rejects what is asked below
    try {
      return (await channel.checkQueue(this.queue)).messageCount;
    } finally {
      await channel.close().catch(() => {}); // the broker may have closed it
    }
  }
}
