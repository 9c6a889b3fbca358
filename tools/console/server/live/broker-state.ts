import { type ChannelModel, type Channel, connect } from 'amqplib';
import { type Service, services, subscriptions } from '#contracts';
import { brokerUrlOptions, type ManagementApi, partitionQueue, RETRY_STEPS, UNROUTED } from '#messaging';
import { brokerUrl, createManagementApi } from '../../../ops/broker.js';
import type { OpsConfig } from '../../../ops/config.js';
import type { QueueState } from '../../protocol.js';
import { SourceUnavailableError } from '../databases.js';

/** Ready messages of the shop's queues, now. */
export interface QueueDepths {
  readonly queues: readonly QueueState[];
  readonly retries: Readonly<Record<string, number>>;
  readonly unrouted: number;
}

/** The part that only the management API has; up to 5 s old. */
export interface BrokerDetails {
  readonly byQueue: ReadonlyMap<string, { readonly unacknowledged: number; readonly consumers: number }>;
  readonly replicas: Readonly<Record<Service, number>>;
}

interface ApiQueue {
  readonly name: string;
  readonly messages_unacknowledged?: number;
  readonly consumers?: number;
}

/** The broker through the operator's user. A passive declaration counts ready messages without delay. */
export class BrokerState {
  private connection: ChannelModel | undefined;
  private channel: Channel | undefined;
  private readonly management: ManagementApi | undefined;
  private readonly isConfigured: boolean;

  constructor(private readonly config: OpsConfig) {
    this.isConfigured = config.rabbitmqUrl !== undefined;
    this.management = this.isConfigured ? createManagementApi(config) : undefined;
  }

  /** @throws SourceUnavailableError when OPS_RABBITMQ_URL is not set, and errors of the connection */
  async readDepths(): Promise<QueueDepths> {
    const channel = await this.openChannel();
    const count = async (name: string): Promise<number> => (await channel.checkQueue(name)).messageCount;
    const queues = subscriptions.flatMap(({ consumer }) =>
      Array.from({ length: this.config.partitions }, (_, partition) => ({
        name: partitionQueue(consumer, partition),
        consumer,
        partition,
      })),
    );
    const steps = RETRY_STEPS.flatMap(({ name }) =>
      services.map((service) => ({ step: name, queue: `${service}.retry.${name}` })),
    );
    const [ready, retrying, unrouted] = await Promise.all([
      Promise.all(queues.map(({ name }) => count(name))),
      Promise.all(steps.map(({ queue }) => count(queue))),
      count(UNROUTED),
    ]);
    const retries: Record<string, number> = {};
    for (const [index, { step }] of steps.entries())
      retries[step] = (retries[step] ?? 0) + (retrying[index] ?? 0);
    return {
      queues: queues.map((queue, index) => ({ ...queue, ready: ready[index] ?? 0 })),
      retries,
      unrouted,
    };
  }

  /** @throws SourceUnavailableError when OPS_RABBITMQ_MANAGEMENT_URL is not set, ManagementApiUnavailableError */
  async readDetails(): Promise<BrokerDetails> {
    const { management } = this;
    if (!management) throw new SourceUnavailableError('OPS_RABBITMQ_MANAGEMENT_URL is not set');
    const [queues, connections] = await Promise.all([
      management.list<ApiQueue>('queues'),
      management.listConnections<{ readonly user_provided_name?: string }>(),
    ]);
    const count = (service: Service): number =>
      connections.filter(({ user_provided_name: name }) => name === `${service} consuming`).length;
    return {
      byQueue: new Map(
        queues.map(({ name, messages_unacknowledged: unacknowledged = 0, consumers = 0 }) => [
          name,
          { unacknowledged, consumers },
        ]),
      ),
      replicas: { order: count('order'), inventory: count('inventory'), payment: count('payment') },
    };
  }

  async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    this.channel = undefined;
    await connection?.close().catch(() => {});
  }

  /** One channel for all polls; a lost connection, or a queue that does not exist, closes it. */
  private async openChannel(): Promise<Channel> {
    if (!this.isConfigured) throw new SourceUnavailableError('OPS_RABBITMQ_URL is not set');
    if (this.channel) return this.channel;
    await this.close();
    const url = brokerUrl(this.config);
    const connection = await connect(url, {
      timeout: 5_000,
      ...brokerUrlOptions(url),
      clientProperties: { connection_name: 'console' },
    });
    const forget = (): void => {
      if (this.connection === connection) this.channel = undefined;
    };
    connection.on('error', () => {}); // the pending call rejects with the same error
    connection.on('close', forget);
    this.connection = connection;
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    channel.on('close', forget);
    this.channel = channel;
    return channel;
  }
}
