import { randomUUID } from 'node:crypto';

import type { ConsumeMessage } from 'amqplib';
import { beforeEach, onTestFinished } from 'vitest';

import { orderConfirmed } from '#contracts';
import { type Database, statement, type Transaction } from '#database';
import {
  applyTopology,
  BrokerConnection,
  brokerUserFromUrl,
  ConfirmPublisher,
  outgoingEvent,
  type OutgoingEvent,
} from '#messaging';
import { Outbox, outboxMigrations, Relay, type RelayOptions } from '#outbox';
import { BrokerProbe, Collector } from './broker-probe.js';
import { openDatabase } from './database.js';
import { testDatabase, testVhost } from './infrastructure.js';
import { RecordingLog } from './recording-log.js';

const CLEAR_OUTBOX = statement('clear', 'TRUNCATE outbox');
const COUNT_UNPUBLISHED = statement(
  'waiting',
  'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL',
);

export interface StartRelayOptions extends Partial<RelayOptions> {
  readonly brokerUrl?: string;
}

/** An outbox, relays over it, and an ear on the exchange they publish to. Call it while tests are collected. */
export class RelayHarness {
  readonly relays = new Set<Relay>();
  readonly outbox: Outbox;
  /** Everything that is published on `order.events`. */
  readonly received = new Collector<ConsumeMessage>();

  private constructor(
    readonly brokerUrl: string,
    readonly databaseUrl: string,
    readonly database: Database,
    readonly probe: BrokerProbe,
  ) {
    this.outbox = new Outbox(database, () => this.relays.forEach((relay) => relay.wake()), 1_000);
  }

  static async prepare(): Promise<RelayHarness> {
    const [brokerUrl, databaseUrl] = [await testVhost(), await testDatabase()];
    const database = await openDatabase(databaseUrl, outboxMigrations);
    const exchanges = [{ name: 'order.events', type: 'topic' }] as const;
    await applyTopology(brokerUrl, { exchanges, queues: [], bindings: [] });
    const probe = await BrokerProbe.open(brokerUrl);
    const bench = new RelayHarness(brokerUrl, databaseUrl, database, probe);
    await bench.collectPublished();
    beforeEach(async () => {
      await database.query(CLEAR_OUTBOX);
      bench.received.items.length = 0;
    });
    return bench;
  }

  /** Listens to the exchange; again, when a test has deleted it. */
  collectPublished(): Promise<unknown> {
    return this.probe.collectPublished('order.events', '#', this.received);
  }

  /** Starts a relay with a connection of its own. It is stopped when the test is over. */
  async start({ brokerUrl = this.brokerUrl, ...options }: StartRelayOptions = {}) {
    const log = new RecordingLog();
    const connection = new BrokerConnection({ url: brokerUrl, name: 'relay', log });
    const relay = new Relay({
      databaseUrl: this.databaseUrl,
      applicationName: `relay ${this.relays.size}`,
      publisher: new ConfirmPublisher(connection, log),
      brokerUser: brokerUserFromUrl(brokerUrl),
      log,
      ...options,
    });
    this.relays.add(relay);
    onTestFinished(async () => {
      this.relays.delete(relay);
      await relay.stop(500);
      await connection.close();
    });
    await connection.start();
    relay.start();
    return { relay, connection, log };
  }

  /** Adds events in a transaction of their own. */
  add(...events: readonly OutgoingEvent[]): Promise<void> {
    return this.database.transaction((tx) => this.outbox.add(tx, events));
  }

  /** The ids of what has been heard, in order, as `<subject> <sequence>`. */
  publishedNames(): string[] {
    return this.received.items.map(({ content }) => {
      const { subject, sequence } = JSON.parse(content.toString()) as { subject: string; sequence: string };
      return `${subject} ${Number(sequence)}`;
    });
  }

  /** How many rows are not published, set aside or not. */
  async countUnpublished(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT_UNPUBLISHED);
    return row!.count;
  }

  /** Makes the first event of a subject unpublishable, or publishable again. */
  async setExchange(
    subject: string,
    exchange: string,
    tx: Transaction | Database = this.database,
  ): Promise<void> {
    await tx.query(
      statement('readdress', 'UPDATE outbox SET exchange = $2 WHERE subject = $1 AND sequence = 1'),
      [subject, exchange],
    );
  }
}

/** An event of an order of its own, or of the order given. */
export function createEvent(
  subject: string = randomUUID(),
  sequence = 1,
  correlationId = subject,
): OutgoingEvent {
  return outgoingEvent(orderConfirmed, subject, sequence, { orderId: randomUUID() }, { correlationId });
}

/** The events of one subject, from its first on. */
export function createEvents(subject: string, count: number): OutgoingEvent[] {
  return Array.from({ length: count }, (_, n) => createEvent(subject, n + 1));
}

export function toNames(events: readonly OutgoingEvent[]): string[] {
  return events.map(({ subject, sequence }) => `${subject} ${sequence}`);
}
