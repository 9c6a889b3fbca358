import type { BrokerConnection } from './connection.js';

/**
 * Counts the ready messages of one queue by a passive declaration. RabbitMQ 4.2.6 and later demand some permission on
 * the queue for it, earlier versions none. Each read opens a channel: the broker closes it when the queue does not exist.
 */
export class QueueDepth {
  constructor(
    private readonly connection: BrokerConnection,
    private readonly queue: string,
  ) {}

  /**
   * How many messages are ready, that is, neither acknowledged nor delivered.
   *
   * @throws BrokerUnavailableError while disconnected
   * @throws Error with the code 404 when the queue does not exist
   */
  async read(): Promise<number> {
    const channel = await this.connection.current.createChannel();
    channel.on('error', () => {}); // also rejects `checkQueue`
    try {
      return (await channel.checkQueue(this.queue)).messageCount;
    } finally {
      await channel.close().catch(() => {}); // the broker may have closed it
    }
  }
}
