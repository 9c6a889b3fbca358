import { randomBytes } from 'node:crypto';

import { Controller, Inject, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { connect } from 'amqplib';
import { afterAll, beforeEach, onTestFinished } from 'vitest';

import { eventContracts, inventoryOrderProcessing, orderPlaced } from '#contracts';
import { type Database, statement } from '#database';
import { addDeadLetters, deadLetterMigrations } from '#dead-letters';
import { claim, CreateInbox1763700000001 } from '#inbox';
import {
  applyTopology,
  type BatchContext,
  BatchTransport,
  BrokerConnection,
  ConfirmPublisher,
  Consumes,
  deriveTopology,
  encodeEnvelope,
  type EnvelopeFields,
  type EventMessage,
  messageProperties,
} from '#messaging';
import { BrokerProbe, Collector } from './broker-probe.js';
import { openDatabase } from './database.js';
import { testDatabase, testVhost } from './servers.js';
import { RecordingLog } from './recording-log.js';

/** Runs with the newly claimed messages of a batch, before their effect: a test can wait or fail in it. */
export type BatchHook = (messages: readonly EventMessage[], context: BatchContext) => Promise<void> | void;

const BATCH_HOOK = Symbol('batchHook');
const CREATE_EFFECTS = statement(
  'create_effects',
  'CREATE TABLE effects (position bigint GENERATED ALWAYS AS IDENTITY, id uuid, xid bigint DEFAULT txid_current())',
);
const CLEAR_TABLES = statement('clear', 'TRUNCATE inbox, dead_letters, crash_marks, effects');
const ADD_EFFECT = statement('add_effect', 'INSERT INTO effects (id) VALUES ($1)');
const SELECT_EFFECTS = statement('effects', 'SELECT id::text, xid FROM effects ORDER BY position');

/** A consumer like those of the services. Its effect is a row per message, so a second effect is visible. */
@Controller()
class EffectsConsumer {
  constructor(@Inject(BATCH_HOOK) private readonly hook: BatchHook) {}

  @Consumes(inventoryOrderProcessing)
  async handle(@Payload() messages: readonly EventMessage[], @Ctx() context: BatchContext): Promise<void> {
    const newMessages = await claim(context.tx, context.consumer, messages);
    await this.hook(newMessages, context);
    for (const { id } of newMessages) await context.tx.query(ADD_EFFECT, [id]);
  }
}

export interface StartOptions {
  /** Called in each batch. Default none. */
  readonly hook?: BatchHook;
  /** Controllers of the application. Default `EffectsConsumer`. */
  readonly controllers?: Type[];
  /** Broker URL for consuming, for example through a breakable link. Default the broker itself. */
  readonly consumingUrl?: string;
  /** Broker URL for publishing. Default the broker itself. */
  readonly publishingUrl?: string;
  /** Database of the consumer. Default that of the spec file. */
  readonly database?: Database;
  /** Replaces the publisher of retries, for example by one that loses confirms. Default none. */
  readonly wrapPublisher?: (publisher: ConfirmPublisher) => Pick<ConfirmPublisher, 'publish'>;
}

interface BrokerLogins {
  readonly order: string;
  readonly inventory: string;
  readonly payment: string;
}

/**
 * The messaging of the inventory service with an {@link EffectsConsumer}, on a separate virtual host and database per spec
 * file, with a separate broker user per service.
 */
export class ConsumingService {
  readonly database: Database;
  readonly probe: BrokerProbe;
  readonly users: BrokerLogins;
  readonly partitions: number;

  private constructor(
    readonly adminUrl: string,
    readonly databaseUrl: string,
    parts: Pick<ConsumingService, 'database' | 'probe' | 'users' | 'partitions'>,
  ) {
    ({ database: this.database, probe: this.probe, users: this.users, partitions: this.partitions } = parts);
  }

  /** Call it while tests are collected. Every test starts with empty queues and tables. */
  static async prepare({ partitions = 1 } = {}): Promise<ConsumingService> {
    const [adminUrl, databaseUrl] = [await testVhost(), await testDatabase()];
    const database = await openServiceDatabase(databaseUrl);
    await database.query(CREATE_EFFECTS);
    const contracts = Object.values(eventContracts);
    const subscriptions = [inventoryOrderProcessing];
    await applyTopology(adminUrl, deriveTopology({ contracts, subscriptions, partitions }));
    const probe = await BrokerProbe.open(adminUrl);
    const id = randomBytes(3).toString('hex');
    const users = { order: `order_${id}`, inventory: `inventory_${id}`, payment: `payment_${id}` };
    await addUser(probe, users.order, { write: '^(order\\.events|inventory\\.retry\\.due|amq\\.default)$' });
    await addUser(probe, users.inventory, {
      write: '^inventory\\.(events|retry|retry\\.due)$',
      read: '^inventory\\.(order-processing\\.\\d+|dead-letters)$',
    });
    const service = new ConsumingService(adminUrl, databaseUrl, { database, probe, users, partitions });
    beforeEach(() => service.clear());
    return service;
  }

  /** The broker's URL for one of the services. */
  brokerUrl(service: 'order' | 'inventory' | 'payment'): string {
    const url = new URL(this.adminUrl);
    url.username = this.users[service];
    url.password = 'spec';
    return url.href;
  }

  queue(partition = 0): string {
    return `${inventoryOrderProcessing.consumer}.${partition}`;
  }

  /** Publishes as the order service. Every event is in its queue when this resolves. */
  async publish(...events: readonly EnvelopeFields[]): Promise<void> {
    await this.publishTo('order.events', ({ sequence }) => `order.placed.${sequence % 16}`, events);
  }

  /** Publishes events to one partition, regardless of their slot. */
  async publishToPartition(partition: number, events: readonly EnvelopeFields[]): Promise<void> {
    await this.publishTo('', () => this.queue(partition), events);
  }

  /** The ids of the messages that took effect, in order. */
  async effectIds(): Promise<string[]> {
    return (await this.effectRows()).map(({ id }) => id);
  }

  /** Every effect with its transaction id. */
  effectRows(): Promise<{ id: string; xid: number }[]> {
    return this.database.query(SELECT_EFFECTS);
  }

  /** Starts the service, and closes it after the test. */
  async start({
    hook,
    controllers = [EffectsConsumer],
    consumingUrl,
    publishingUrl,
    database,
    wrapPublisher = (publisher) => publisher,
  }: StartOptions = {}) {
    const batches = new Collector<readonly string[]>();
    const recorded: BatchHook = async (messages, context) => {
      batches.add(messages.map(({ id }) => id));
      await hook?.(messages, context);
    };

    @Module({ controllers, providers: [{ provide: BATCH_HOOK, useValue: recorded }] })
    class ConsumingModule {}

    const log = new RecordingLog();
    const app = await NestFactory.create(ConsumingModule, new FastifyAdapter(), { logger: false });
    const own = this.brokerUrl('inventory');
    const connection = new BrokerConnection({ url: consumingUrl ?? own, name: 'consuming', log });
    const publishing = new BrokerConnection({ url: publishingUrl ?? own, name: 'publishing', log });
    const publisher = new ConfirmPublisher(publishing, log);
    const transport = new BatchTransport({
      service: 'inventory',
      connection,
      publisher: wrapPublisher(publisher) as ConfirmPublisher,
      brokerUsers: this.users,
      database: database ?? this.database,
      addDeadLetters,
      partitions: this.partitions,
      batchSizeMax: 50,
      databaseUrl: this.databaseUrl,
      log,
    });
    app.connectMicroservice({ strategy: transport });
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => (closed ??= app.close().then(() => publishing.close()));
    onTestFinished(close);
    await publishing.start();
    await app.startAllMicroservices();
    await publisher.whenAvailable(new AbortController().signal);
    return { log, connection, transport, batches, close };
  }

  private async publishTo(
    exchange: string,
    routingKey: (event: EnvelopeFields) => string,
    events: readonly EnvelopeFields[],
  ): Promise<void> {
    const order = await connect(this.brokerUrl('order'));
    const channel = await order.createConfirmChannel();
    for (const event of events) {
      const properties = messageProperties(event, this.users.order);
      channel.publish(exchange, routingKey(event), encodeEnvelope(event), properties);
    }
    await channel.waitForConfirms();
    await order.close();
  }

  private async clear(): Promise<void> {
    for (let partition = 0; partition < this.partitions; partition += 1) {
      await this.probe.channel.purgeQueue(this.queue(partition));
    }
    await this.database.query(CLEAR_TABLES);
  }
}

/** Opens the database of a consuming service, directly or through a breakable link. */
export function openServiceDatabase(url: string): Promise<Database> {
  return openDatabase(url, [CreateInbox1763700000001, ...deadLetterMigrations]);
}

/** Adds a broker user with the permissions of its service and those that tests need to publish as it. */
async function addUser(
  probe: BrokerProbe,
  name: string,
  permissions: { write: string; read?: string },
): Promise<void> {
  await probe.callManagementApi('PUT', `/users/${name}`, { password: 'spec', tags: '' });
  afterAll(() => probe.callManagementApi('DELETE', `/users/${name}`));
  await probe.callManagementApi('PUT', `/permissions/:vhost/${name}`, {
    configure: '^$',
    read: '^$',
    ...permissions,
  });
}

let events = 0;

/** An `order.placed` with a new id. */
export function placedEvent(fields: Partial<EnvelopeFields> = {}): EnvelopeFields {
  events += 1;
  return {
    id: `019a0000-0000-7000-8000-${String(events).padStart(12, '0')}`,
    type: orderPlaced.type,
    producer: 'order',
    subject: orderPlaced.example.orderId,
    sequence: 1,
    occurredAt: new Date(),
    correlationId: orderPlaced.example.orderId,
    causationId: null,
    traceparent: null,
    data: JSON.stringify(orderPlaced.example),
    ...fields,
  };
}

export function placedEvents(count: number): EnvelopeFields[] {
  return Array.from({ length: count }, () => placedEvent());
}

export function toIds(events: readonly EnvelopeFields[]): string[] {
  return events.map(({ id }) => id);
}

/** A domain error for which a retry cannot succeed. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly permanent = true;
}
