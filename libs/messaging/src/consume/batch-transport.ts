import { Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import {
  type CustomTransportStrategy,
  EventPattern,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventContract, Service, Subscription } from '#contracts';
import type { Database } from '#database';
import { BatchHandler, type BatchContext } from './batch-handler.js';
import { BatchLoop, type BatchLoopOptions } from './batch-loop.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { instrumented } from './consumer-diagnostics.js';
import { type AddDeadLetters, buildBrokerDeadLetter, logDeadLetters } from './dead-letter.js';
import type { BrokerUsers } from './decode.js';
import type { EventMessage } from '../event-message.js';
import type { Log } from '#observability';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import { PartitionAssignment } from '../subscribe/partition-assignment.js';
import { partitionQueue, deadLetterQueue } from '../routing.js';
/** Tells our handlers from those of other transports in the same application. */
const TRANSPORT_ID = Symbol('rabbitmq-batches');

/**
 * Registers a controller's method as the consumer of a subscription. It is called once per batch with
 * `@Payload() messages: EventMessage<…>[]` and `@Ctx() context: BatchContext`, in the order of arrival, and may be
 * called again with the same messages: claim them in the inbox first. Throwing rolls the whole batch back.
 */
export function Consumes<Contract extends EventContract>(subscription: Subscription<Contract>) {
  return <
    Handler extends (messages: readonly EventMessage<Contract>[], context: BatchContext) => Promise<void>,
  >(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    EventPattern<string>(subscription.consumer, TRANSPORT_ID, { subscription })(
      target,
      key,
      descriptor as never,
    );
    UseFilters(new RethrowFilter())(target, key, descriptor);
  };
}

export interface TransportOptions {
  readonly service: Service;
  /** For consuming only. */
  readonly connection: BrokerConnection;
  /** For retries; on a connection of its own. */
  readonly publisher: ConfirmPublisher;
  readonly brokerUsers: BrokerUsers;
  readonly database: Database;
  readonly addDeadLetters: AddDeadLetters;
  /** Queues per consumer, as they were provisioned. */
  readonly partitions: number;
  /** Most messages in one transaction. */
  readonly batchSizeMax: number;
  /** Where the service's replicas find each other: its own database. */
  readonly databaseUrl: string;
  readonly log: Log;
}

/** Nest's transport over RabbitMQ: turns what arrives on a service's queues into calls of its {@link Consumes} methods. */
export class BatchTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = TRANSPORT_ID;
  private readonly batchLoops: BatchLoop[] = [];
  private assignment: PartitionAssignment | undefined;

  constructor(private readonly options: TransportOptions) {
    super();
  }

  listen(callback: (error?: Error) => void): void {
    const { service, connection, databaseUrl, log } = this.options;
    const consumers = [...this.getHandlers().values()].map((handler) => this.consumePartitions(handler));
    const partitions = consumers.flatMap((consumer) => consumer.queueSubscriptions);
    const applicationName = `${service} replica`;
    this.assignment = new PartitionAssignment(connection, partitions, { databaseUrl, applicationName, log });
    this.consumeDeadLetters();
    this.assignment.start();
    connection.start().then(() => callback(), callback);
  }

  /** Finishes the batches in hand, gives the rest back, and closes the consuming connection. */
  async close(): Promise<void> {
    await this.assignment?.stop();
    await Promise.all(this.batchLoops.map((consumer) => consumer.stop()));
    await this.options.connection.close();
  }

  /** Whether every queue is subscribed to; readiness asks. */
  get isSubscribed(): boolean {
    return this.batchLoops.length > 0 && this.batchLoops.every(({ isSubscribed }) => isSubscribed);
  }

  /** Whether this replica has no partition, because there are more replicas than partitions. */
  get isIdle(): boolean {
    return this.assignment?.isIdle === true;
  }

  /** How many partitions are this replica's; undefined while it does not know. */
  get partitionsOwned(): number | undefined {
    return this.assignment?.ownedCount;
  }

  override on(): never {
    throw new Error('this transport has no events of its own; listen to the BrokerConnection');
  }

  override unwrap(): never {
    throw new Error('nothing to unwrap: use the BrokerConnection this transport was given');
  }

  private consumePartitions(handler: MessageHandler): BatchLoop {
    const { subscription } = handler.extras as { subscription: Subscription };
    // Nest chains them, and expects the transport to call them all; one transaction has one owner.
    if (handler.next) throw new Error(`${subscription.consumer} has two @Consumes methods; it may have one`);
    const batches = new BatchHandler({
      ...this.options,
      subscription,
      handle: async (messages, context) => {
        const result: unknown = await handler(messages, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      },
    });
    const queues = Array.from({ length: this.options.partitions }, (_, partition) =>
      partitionQueue(subscription.consumer, partition),
    );
    const settle = instrumented(subscription.consumer, (deliveries) => batches.settle(deliveries));
    return this.consume(queues, settle);
  }

  /** Moves what the broker gave up on into the service's own table, where an operator finds it. */
  private consumeDeadLetters(): void {
    const { service, brokerUsers, database, addDeadLetters, log } = this.options;
    this.consume([deadLetterQueue(service)], async (deliveries) => {
      const letters = deliveries.map((delivery) => buildBrokerDeadLetter(delivery, brokerUsers[service]));
      await database.transaction((tx) => addDeadLetters(tx, letters));
      logDeadLetters(log, letters);
    });
  }

  private consume(queues: readonly string[], handle: BatchLoopOptions['handle']): BatchLoop {
    const { connection, batchSizeMax, log } = this.options;
    const loop = new BatchLoop(connection, { queues, batchSizeMax, handle, log });
    this.batchLoops.push(loop);
    return loop;
  }
}

/**
 * Nest masks what a handler throws; the host must see it as it is to decide between retry and dead letter. Bound to
 * each handler, because a filter of the whole microservice would come too late: `connectMicroservice` has by then
 * wrapped the handlers.
 */
@Catch()
class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
