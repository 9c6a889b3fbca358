import { Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import {
  type CustomTransportStrategy,
  EventPattern,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventContract, Service, Subscription } from '#contracts';
import { type Database, databaseFault } from '#database';
import { ConsumerBacklog } from './backlog.js';
import { BatchHandler, type BatchContext } from './batch-handler.js';
import { BatchLoop, type BatchLoopOptions } from './batch-loop.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { CrashMarks } from './crash-marks.js';
import { instrumented } from './consumer-diagnostics.js';
import { type AddDeadLetters, buildBrokerDeadLetter, logDeadLetters } from './dead-letter.js';
import type { BrokerUsers } from './decode.js';
import type { EventMessage } from '../event-message.js';
import type { Log } from '#observability';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import { PartitionAssignment } from '../subscribe/partition-assignment.js';
import { partitionQueue, deadLetterQueue } from '../routing.js';

/** Distinguishes `@Consumes` handlers from those of other transports in the application. */
const TRANSPORT_ID = Symbol('rabbitmq-batches');

/**
 * Registers a controller method as the consumer of a subscription. It receives `@Payload() messages: EventMessage<…>[]`,
 * in the order of arrival, and `@Ctx() context: BatchContext`. Delivery is at least once: claim the messages in the inbox
 * first. A rejection rolls back the transaction; see {@link BatchHandler} for retries and dead letters.
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
  /** The consuming service. Required. */
  readonly service: Service;
  /** For consuming only; the transport starts and closes it. Required. */
  readonly connection: BrokerConnection;
  /** Publishes retries, on another connection. Required. */
  readonly publisher: ConfirmPublisher;
  /** The broker user from which each service's events are accepted. Required. */
  readonly brokerUsers: BrokerUsers;
  /** The service's database, for the batches' transactions. Required. */
  readonly database: Database;
  /** Stores dead letters. Required. */
  readonly addDeadLetters: AddDeadLetters;
  /** Queues per consumer, as provisioned: 1, 2, 4, 8 or 16. Required. */
  readonly partitions: number;
  /** Maximum of messages in one transaction. Required. */
  readonly batchSizeMax: number;
  /** Longest time, in ms, that a paused consumer keeps its deliveries; see `BatchLoopOptions`. Default 300,000. */
  readonly pauseMaxMs?: number;
  /** The service's database, for the advisory locks of {@link PartitionAssignment}. Required. */
  readonly databaseUrl: string;
  /** Receives retries, dead letters, pauses and failed subscriptions. Required. */
  readonly log: Log;
}

/**
 * Nest's transport over RabbitMQ: passes the messages of a service's queues to its {@link Consumes} methods, in batches.
 * Connect it with `app.connectMicroservice({ strategy })`; `app.startAllMicroservices()` subscribes.
 */
export class BatchTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = TRANSPORT_ID;
  private readonly batchLoops: BatchLoop[] = [];
  private readonly crashMarks: CrashMarks;
  private assignment: PartitionAssignment | undefined;
  private consumerBacklog: ConsumerBacklog | undefined;

  constructor(private readonly options: TransportOptions) {
    super();
    this.crashMarks = new CrashMarks(options.database);
  }

  /** Subscribes every consumer of the application. Called by Nest. */
  listen(callback: (error?: Error) => void): void {
    const { service, connection, databaseUrl, log } = this.options;
    const consumers = [...this.getHandlers().values()].map((handler) => this.consumePartitions(handler));
    const partitions = consumers.flatMap((consumer) => consumer.queueSubscriptions);
    const applicationName = `${service} replica`;
    this.assignment = new PartitionAssignment(connection, partitions, { databaseUrl, applicationName, log });
    this.consumerBacklog = new ConsumerBacklog(connection, consumers);
    this.consumeDeadLetters();
    this.assignment.start();
    connection.start().then(() => callback(), callback);
  }

  /** Graceful shutdown: processes the batches in progress, and closes the consuming connection. Called by Nest. */
  async close(): Promise<void> {
    await this.assignment?.stop();
    // The shutdown may time out while a batch is blocked: that is no crash.
    const withdrawn = this.crashMarks.withdraw().catch(() => {});
    await Promise.all([...this.batchLoops.map((consumer) => consumer.stop()), withdrawn]);
    await this.options.connection.close();
  }

  /** Whether every queue is subscribed; false before {@link listen}. Part of readiness. */
  get isSubscribed(): boolean {
    return this.batchLoops.length > 0 && this.batchLoops.every(({ isSubscribed }) => isSubscribed);
  }

  /** The backlog of the consumers, without the dead-letter queue, which no deadline waits for. */
  get backlog(): ConsumerBacklog | undefined {
    return this.consumerBacklog;
  }

  /** Why a consumer repeats its batch; undefined while none does. Conflicts between transactions are not a reason. */
  get pausedBy(): unknown {
    return this.batchLoops
      .map(({ pausedBy }) => pausedBy)
      .find((error) => {
        return error !== undefined && databaseFault(error) !== 'conflict';
      });
  }

  /** Whether this replica owns no partition because there are more replicas than partitions. */
  get isIdle(): boolean {
    return this.assignment?.isIdle === true;
  }

  /** How many partitions this replica owns; undefined while it is no member. */
  get partitionsOwned(): number | undefined {
    return this.assignment?.ownedCount;
  }

  override on(): never {
    throw new Error('on is not supported: use the BrokerConnection passed to this transport');
  }

  override unwrap(): never {
    throw new Error('unwrap is not supported: use the BrokerConnection passed to this transport');
  }

  private consumePartitions(handler: MessageHandler): BatchLoop {
    const { subscription } = handler.extras as { subscription: Subscription };
    // Nest chains the handlers of one pattern; a batch has one transaction, and so one handler.
    if (handler.next)
      throw new Error(`${subscription.consumer} has two @Consumes methods; the maximum is one`);
    const batches = new BatchHandler({
      ...this.options,
      subscription,
      crashMarks: this.crashMarks,
      handle: async (messages, context) => {
        const result: unknown = await handler(messages, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      },
    });
    const queues = Array.from({ length: this.options.partitions }, (_, partition) =>
      partitionQueue(subscription.consumer, partition),
    );
    const handle = instrumented(subscription.consumer, (deliveries, onProcessed) =>
      batches.process(deliveries, onProcessed),
    );
    return this.consume(queues, handle);
  }

  /** Stores the messages that the broker has dead-lettered in the service's table, for operators. */
  private consumeDeadLetters(): void {
    const { service, brokerUsers, database, addDeadLetters, log } = this.options;
    this.consume([deadLetterQueue(service)], async (deliveries) => {
      const letters = deliveries.map((delivery) => buildBrokerDeadLetter(delivery, brokerUsers[service]));
      await this.crashMarks.runUnmarked(() => database.transaction((tx) => addDeadLetters(tx, letters)));
      logDeadLetters(log, letters);
    });
  }

  private consume(queues: readonly string[], handle: BatchLoopOptions['handle']): BatchLoop {
    const { connection, batchSizeMax, pauseMaxMs, log } = this.options;
    const pause = pauseMaxMs === undefined ? {} : { pauseMaxMs };
    const loop = new BatchLoop(connection, { queues, batchSizeMax, handle, log, ...pause });
    this.batchLoops.push(loop);
    return loop;
  }
}

/**
 * Rethrows a handler's error, which Nest would mask: the error decides between retry and dead letter. Bound to each
 * handler, because `connectMicroservice` wraps the handlers before a global filter can be set.
 */
@Catch()
class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
