import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  connect,
  type ConsumeMessage,
  type Options,
} from 'amqplib';

import { type Subscription, subscriptions } from '#contracts';
import { brokerUserFromUrl, encodeEnvelope, messageProperties, partitionQueue, slotForKey } from '#messaging';

import type { OutboxRow } from './database-reader.js';

/** Queues per subscriber, as the platform is provisioned by default. */
const PARTITIONS = 4;

/** What waits in the queues of one subscriber, and how many consumers there are for it. */
export interface QueueDepth {
  readonly messages: number;
  readonly consumers: number;
}

/** A queue of our own beside the real ones, that gets a copy of what goes over an exchange. */
export interface MessageRecorder {
  readonly messages: readonly ConsumeMessage[];
  stop(): Promise<void>;
}

/**
 * The RabbitMQ broker, for what no service does: sending a message once more, sending nonsense, listening in. It sends as
 * the order service, whose events nobody else may publish, and listens as the administrator, since no service may.
 */
export class Broker {
  private constructor(
    private readonly connections: readonly ChannelModel[],
    private readonly channel: Channel,
    private readonly publishChannel: ConfirmChannel,
    private readonly user: string,
  ) {}

  static async connect(url: string, orderUrl: string): Promise<Broker> {
    const options = { clientProperties: { connection_name: 'demo' } };
    const [connection, order] = await Promise.all([connect(url, options), connect(orderUrl, options)]);
    const [channel, publishing] = await Promise.all([
      connection.createChannel(),
      order.createConfirmChannel(),
    ]);
    // The call under way rejects with it.
    for (const part of [connection, order, channel, publishing]) part.on('error', () => {});
    return new Broker([connection, order], channel, publishing, brokerUserFromUrl(orderUrl));
  }

  /** Publishes a message of an outbox again: the same id and the same bytes, on the same exchange. */
  republish(row: OutboxRow): Promise<void> {
    return this.publish(row.exchange, row.routingKey, encodeEnvelope(row), messageProperties(row, this.user));
  }

  /** Publishes any bytes; resolves when the broker has confirmed that it has them. */
  async publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish,
  ): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const options = { ...properties, userId: this.user };
      this.publishChannel.publish(exchange, routingKey, body, options, (error: unknown) =>
        error instanceof Error ? reject(error) : resolve(),
      );
    });
  }

  /** Hears everything that is published on an exchange under a matching routing key, from now on. */
  async recordMessages(exchange: string, pattern: string): Promise<MessageRecorder> {
    const messages: ConsumeMessage[] = [];
    const { queue } = await this.channel.assertQueue('', { exclusive: true, autoDelete: true });
    await this.channel.bindQueue(queue, exchange, pattern);
    const { consumerTag } = await this.channel.consume(
      queue,
      (message) => message && messages.push(message),
      {
        noAck: true,
      },
    );
    return { messages, stop: async () => void (await this.channel.cancel(consumerTag)) };
  }

  /** What waits for a subscriber, over all its partitions; what it holds unacknowledged does not count. */
  async depth({ consumer }: Subscription): Promise<QueueDepth> {
    let [messages, consumers] = [0, 0];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const queue = await this.channel.checkQueue(partitionQueue(consumer, partition));
      messages += queue.messageCount;
      consumers += queue.consumerCount;
    }
    return { messages, consumers };
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}

/** A subscriber, and the one of its queues that a message goes to. */
export interface Route {
  readonly consumer: string;
  readonly queue: string;
}

/** The queues a message reaches: one partition of each subscriber that wants its type, chosen by the order's id. */
export function routesFor({ type, subject }: Pick<OutboxRow, 'type' | 'subject'>): Route[] {
  return subscriptions
    .filter(({ events }) => events.some((contract) => contract.type === type))
    .map(({ consumer }) => ({ consumer, queue: partitionQueue(consumer, slotForKey(subject) % PARTITIONS) }));
}
