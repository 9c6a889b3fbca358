import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  connect,
  type ConsumeMessage,
  type Options,
} from 'amqplib';

import { type Subscription, subscriptions } from '#contracts';
import {
  brokerUrlOptions,
  brokerUserFromUrl,
  encodeEnvelope,
  messageProperties,
  partitionQueue,
  slotForKey,
} from '#messaging';

import type { OutboxRow } from './database-reader.js';

/** Partition queues per subscriber: the default of provisioning. */
const PARTITIONS = 4;

/** Ready messages and consumers, over all queues of one subscriber. */
export interface QueueDepth {
  readonly messages: number;
  readonly consumers: number;
}

/** Records copies of the messages published to an exchange, through a temporary queue. */
export interface MessageRecorder {
  readonly messages: readonly ConsumeMessage[];
  stop(): Promise<void>;
}

/**
 * The demo's access to RabbitMQ: publishes duplicate and malformed messages, and records messages. It publishes as the
 * order service, the only user that may publish its events, and records as the administrator.
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
    const [connection, order] = await Promise.all([
      connect(url, { ...options, ...brokerUrlOptions(url) }),
      connect(orderUrl, { ...options, ...brokerUrlOptions(orderUrl) }),
    ]);
    const [channel, publishing] = await Promise.all([
      connection.createChannel(),
      order.createConfirmChannel(),
    ]);
    // The pending call rejects with the same error.
    for (const part of [connection, order, channel, publishing]) part.on('error', () => {});
    return new Broker([connection, order], channel, publishing, brokerUserFromUrl(orderUrl));
  }

  /** Publishes a message of an outbox again, with the same id, bytes and exchange. */
  republish(row: OutboxRow): Promise<void> {
    return this.publish(row.exchange, row.routingKey, encodeEnvelope(row), messageProperties(row, this.user));
  }

  /** Publishes any bytes; resolves on the broker's confirm. */
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

  /** Records the messages published from now on to an exchange with a matching routing key. */
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

  /** Counts the ready messages and consumers of a subscriber over all partitions, without unacknowledged messages. */
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

/** A subscriber, and the partition queue that a message is routed to. */
export interface Route {
  readonly consumer: string;
  readonly queue: string;
}

/** The queues of a message: one partition of each subscriber to its type, selected by the order id. */
export function routesFor({ type, subject }: Pick<OutboxRow, 'type' | 'subject'>): Route[] {
  return subscriptions
    .filter(({ events }) => events.some((contract) => contract.type === type))
    .map(({ consumer }) => ({ consumer, queue: partitionQueue(consumer, slotForKey(subject) % PARTITIONS) }));
}
