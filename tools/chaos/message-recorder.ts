import { type ChannelModel, connect, type ConsumeMessage } from 'amqplib';

import { services } from '#contracts';
import { brokerUrlOptions, eventsExchange } from '#messaging';

import { waitUntil } from '../client/wait-until.js';

/** Its name belongs to no service, so the audit does not count its messages. */
const DURABLE_QUEUE = 'chaos.message-recorder';
const PREFETCH = 1_000;
const everyExchange: readonly string[] = services.map(eventsExchange);

/** Counts the messages that pass through exchanges, by message id. Default: the event exchange of every service. */
export class MessageRecorder {
  /** Number of messages received, duplicates included. */
  total = 0;
  private readonly counts = new Map<string, number>();

  private constructor(private readonly connection?: ChannelModel) {}

  /** Counts from now on until {@link close}, on an exclusive queue that ends with its connection. */
  static async start(rabbitmqUrl: string, exchanges = everyExchange): Promise<MessageRecorder> {
    const connection = await connect(rabbitmqUrl, brokerUrlOptions(rabbitmqUrl));
    connection.on('error', () => {}); // a fault may stop the broker
    const recorder = new MessageRecorder(connection);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const exchange of exchanges) await channel.bindQueue(queue, exchange, '#');
    await channel.consume(queue, (message) => message && recorder.count(message), { noAck: true });
    return recorder;
  }

  /** Declares a quorum queue that keeps the messages while the broker crashes and restarts; read by {@link drain}. */
  static async declareDurableQueue(rabbitmqUrl: string): Promise<void> {
    const connection = await connect(rabbitmqUrl, brokerUrlOptions(rabbitmqUrl));
    try {
      const channel = await connection.createChannel();
      await channel.assertQueue(DURABLE_QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      for (const exchange of everyExchange) await channel.bindQueue(DURABLE_QUEUE, exchange, '#');
    } finally {
      await connection.close();
    }
  }

  /** Reads and counts every message of the durable queue. @throws Error if the broker closes the channel */
  static async drain(rabbitmqUrl: string): Promise<MessageRecorder> {
    const recorder = new MessageRecorder();
    const connection = await connect(rabbitmqUrl, brokerUrlOptions(rabbitmqUrl));
    try {
      const channel = await connection.createChannel();
      const { messageCount } = await channel.checkQueue(DURABLE_QUEUE);
      await channel.prefetch(PREFETCH);
      await new Promise<void>((resolve, reject) => {
        channel.on('error', reject);
        channel.on('close', () => reject(new Error('the broker closed the channel of the message recorder')));
        if (messageCount === 0) return resolve();
        const onMessage = (message: ConsumeMessage | null): void => {
          if (message === null) return reject(new Error('the broker cancelled the message recorder'));
          recorder.count(message);
          channel.ack(message);
          if (recorder.total === messageCount) resolve();
        };
        channel.consume(DURABLE_QUEUE, onMessage).catch(reject);
      });
    } finally {
      await connection.close();
    }
    return recorder;
  }

  async close(): Promise<void> {
    await this.connection?.close().catch(() => {});
  }

  hasReceived(messageId: string): boolean {
    return this.counts.has(messageId);
  }

  /** Number of messages beyond the first of each id. */
  get duplicateCount(): number {
    return this.total - this.counts.size;
  }

  /** Ids that were received more than once. */
  get duplicates(): string[] {
    return [...this.counts].filter(([, count]) => count > 1).map(([id]) => id);
  }

  /** Waits until a message is received a second time: proof that it was published again. @throws WaitTimeoutError */
  async waitForDuplicate(): Promise<void> {
    await waitUntil(
      'a message that is published twice',
      async () => this.duplicates,
      (ids) => ids.length > 0,
    );
  }

  private count({ properties }: ConsumeMessage): void {
    const id = String(properties.messageId);
    this.total += 1;
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
  }
}
