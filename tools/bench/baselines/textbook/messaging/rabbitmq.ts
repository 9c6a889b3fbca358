import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type ConsumeMessage } from 'amqplib';
import type { EventName, Message } from '../events.js';
import { settings } from '../settings.js';

const PREFETCH = 10;
const DELIVERY_LIMIT = 20;

export interface Subscription {
  readonly queue: string;
  /** Event names by exchange. */
  readonly bindings: Readonly<Record<string, readonly EventName[]>>;
  /** The message is acknowledged when the promise resolves, and requeued when it rejects. */
  readonly handle: (message: Message) => Promise<void>;
}

/** One connection, with a channel for publishing and one per subscription. */
@Injectable()
export class RabbitMq implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(RabbitMq.name);
  private connection!: ChannelModel;
  private publishing!: ConfirmChannel;

  async onModuleInit(): Promise<void> {
    this.connection = await connect(settings.rabbitmqUrl, { noDelay: true }); // otherwise Nagle's algorithm delays small messages
    this.publishing = await this.connection.createConfirmChannel();
  }

  async onModuleDestroy(): Promise<void> {
    await this.connection.close();
  }

  /** Resolves with the publisher confirm. */
  publish(exchange: string, message: Message): Promise<void> {
    const content = Buffer.from(JSON.stringify(message));
    const options = { persistent: true, messageId: message.id, contentType: 'application/json' };
    return new Promise((resolve, reject) => {
      this.publishing.publish(exchange, message.pattern, content, options, (error) => {
        if (error) reject(error as Error);
        else resolve();
      });
    });
  }

  async assertExchange(name: string): Promise<void> {
    await this.publishing.assertExchange(name, 'topic', { durable: true });
  }

  async subscribe({ queue, bindings, handle }: Subscription): Promise<void> {
    const channel = await this.connection.createChannel();
    await channel.assertQueue(`${queue}.dead`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.assertQueue(queue, {
      durable: true,
      deadLetterExchange: '',
      deadLetterRoutingKey: `${queue}.dead`,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT },
    });
    for (const [exchange, names] of Object.entries(bindings)) {
      await channel.assertExchange(exchange, 'topic', { durable: true });
      for (const name of names) await channel.bindQueue(queue, exchange, name);
    }
    await channel.prefetch(PREFETCH);
    await channel.consume(queue, (delivery) => {
      if (delivery) void this.settle(channel, delivery, handle);
    });
  }

  private async settle(
    channel: Channel,
    delivery: ConsumeMessage,
    handle: Subscription['handle'],
  ): Promise<void> {
    try {
      await handle(JSON.parse(delivery.content.toString()) as Message);
      channel.ack(delivery);
    } catch (error) {
      this.logger.error(error);
      channel.nack(delivery); // requeues; dead-letters at the delivery limit
    }
  }
}
