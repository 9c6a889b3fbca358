import { type Channel, type ChannelModel, connect, type ConsumeMessage, type Options } from 'amqplib';
import { afterAll } from 'vitest';
import { brokerUrlOptions } from '#messaging';

import { callManagementApi } from './servers.js';

/** Collects items, and resolves waiters once enough have arrived. */
export class Collector<Item> {
  readonly items: Item[] = [];
  private waiters: (() => void)[] = [];

  add(item: Item): void {
    this.items.push(item);
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  /** Resolves to all items so far, once there are at least `count`. */
  async waitForCount(count: number): Promise<readonly Item[]> {
    while (this.items.length < count) await new Promise<void>((resolve) => this.waiters.push(resolve));
    return this.items;
  }
}

/** A plain amqplib client on a virtual host: it shares no code with `libs/messaging`. */
export class BrokerProbe {
  private constructor(
    private readonly url: string,
    private readonly connection: ChannelModel,
    readonly channel: Channel,
  ) {}

  /** Opens a probe that is closed after the spec file's last test. */
  static async open(url: string): Promise<BrokerProbe> {
    const connection = await connect(url, brokerUrlOptions(url));
    const probe = new BrokerProbe(url, connection, await connection.createChannel());
    afterAll(() => connection.close());
    return probe;
  }

  openChannel(): Promise<Channel> {
    return this.connection.createChannel();
  }

  /** Collects every message that is published to `exchange` from now on. */
  async collectPublished(
    exchange: string,
    bindingKey = '#',
    collected = new Collector<ConsumeMessage>(),
  ): Promise<Collector<ConsumeMessage>> {
    const { queue } = await this.channel.assertQueue('', { exclusive: true });
    await this.channel.bindQueue(queue, exchange, bindingKey);
    await this.channel.consume(queue, (message) => message && collected.add(message), { noAck: true });
    return collected;
  }

  /** Consumes a queue, one message at a time. */
  async consume(queue: string): Promise<Collector<ConsumeMessage>> {
    const collected = new Collector<ConsumeMessage>();
    await this.channel.prefetch(1);
    await this.channel.consume(queue, (message) => {
      if (!message) return;
      collected.add(message);
      this.channel.ack(message);
    });
    return collected;
  }

  /** Publishes and waits for the confirm. */
  async publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish = {},
  ): Promise<void> {
    const channel = await this.connection.createConfirmChannel();
    channel.on('error', () => {}); // also rejects `waitForConfirms`
    channel.publish(exchange, routingKey, body, properties);
    await channel.waitForConfirms();
    await channel.close();
  }

  /** The number of ready messages, from the queue itself. */
  async countReady(queue: string): Promise<number> {
    const { messageCount } = await this.channel.checkQueue(queue);
    return messageCount;
  }

  async countConsumers(queue: string): Promise<number> {
    const { consumerCount } = await this.channel.checkQueue(queue);
    return consumerCount;
  }

  /** The counts of a queue in the management API, up to 1 s old. */
  queueCounts(queue: string): Promise<QueueCounts> {
    return this.callManagementApi('GET', `/queues/${this.vhost}/${encodeURIComponent(queue)}`);
  }

  /** Calls the management API; `:vhost` in `path` becomes this virtual host. */
  callManagementApi<Answer>(
    method: 'GET' | 'PUT' | 'DELETE' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    return callManagementApi<Answer>(method, path.replace(':vhost', this.vhost), body);
  }

  private get vhost(): string {
    return new URL(this.url).pathname.slice(1);
  }
}

export interface QueueCounts {
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
}
