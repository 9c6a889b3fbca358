import type { ChannelModel } from 'amqplib';
import type { BrokerConnection } from './connection.js';
import { BrokerUnavailableError } from '../errors.js';

/**
 * Counts what lies in a queue that nobody consumes. It asks with a passive declaration, for which the broker wants no
 * permission, or (since RabbitMQ 4.2.6) any on that queue, on a channel of its own, because the broker closes that when
 * there is no such queue.
 */
export class QueueDepth {
  private model: ChannelModel | undefined;

  constructor(
    connection: BrokerConnection,
    private readonly queue: string,
  ) {
    connection.onConnected((model) => {
      this.model = model;
    });
    connection.onStateChange((state) => {
      if (state === 'disconnected') this.model = undefined;
    });
  }

  /**
   * How many messages are ready.
   *
   * @throws BrokerUnavailableError while there is no connection; another error when there is no such queue
   */
  async read(): Promise<number> {
    if (!this.model) throw new BrokerUnavailableError('not connected to the broker');
    const channel = await this.model.createChannel();
    channel.on('error', () => {}); // also rejects what is asked below
    try {
      return (await channel.checkQueue(this.queue)).messageCount;
    } finally {
      await channel.close().catch(() => {}); // the broker may have closed it
    }
  }
}
