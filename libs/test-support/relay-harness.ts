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
  type Publication,
  SLOT_COUNT,
  slotForKey,
} from '#messaging';
import { Outbox, outboxMigrations, Relay, type RelayOptions } from '#outbox';
import { BrokerProbe, Collector } from './broker-probe.js';
import { openDatabase } from './database.js';
import { testDatabase, testVhost } from './servers.js';
import { RecordingLog } from './recording-log.js';

const CLEAR_OUTBOX = statement('clear', 'TRUNCATE outbox');
const COUNT_UNPUBLISHED = statement(
  'count_unpublished',
  'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL',
);

/** Overrides for one relay of {@link RelayHarness.start}. */
export interface StartRelayOptions extends Partial<RelayOptions> {
  /** Default: the URL of the test's virtual host. */
  readonly brokerUrl?: string;
  /** Runs in place of each publish, for example to hold a confirm back. Default: publishes. */
  readonly interceptPublish?: (publication: Publication, publish: () => Promise<void>) => Promise<void>;
}

/** An outbox, relays that publish its events, and a consumer of the exchange `order.events`. */
export class RelayHarness {
  readonly relays = new Set<Relay>();
  readonly outbox: Outbox;
  /** All messages published to `order.events`. */
  readonly received = new Collector<ConsumeMessage>();

  private constructor(
    readonly brokerUrl: string,
    readonly databaseUrl: string,
    readonly database: Database,
    readonly probe: BrokerProbe,
  ) {
    this.outbox = new Outbox(database, () => this.relays.forEach((relay) => relay.wake()), 1_000);
  }

  /** Creates a database and a virtual host. Call it while tests are collected: it registers a `beforeEach`. */
  static async prepare(): Promise<RelayHarness> {
    const [brokerUrl, databaseUrl] = [await testVhost(), await testDatabase()];
    const database = await openDatabase(databaseUrl, outboxMigrations);
    const exchanges = [{ name: 'order.events', type: 'topic' }] as const;
    await applyTopology(brokerUrl, { exchanges, queues: [], bindings: [] });
    const probe = await BrokerProbe.open(brokerUrl);
    const harness = new RelayHarness(brokerUrl, databaseUrl, database, probe);
    await harness.collectPublished();
    beforeEach(async () => {
      await database.query(CLEAR_OUTBOX);
      harness.received.items.length = 0;
    });
    return harness;
  }

  /** Subscribes to the exchange. Call it again after a test has deleted the exchange. */
  collectPublished(): Promise<unknown> {
    return this.probe.collectPublished('order.events', '#', this.received);
  }

  /** Starts a relay with its own broker connection. It is stopped at the end of the test. */
  async start({ brokerUrl = this.brokerUrl, interceptPublish, ...options }: StartRelayOptions = {}) {
    const log = new RecordingLog();
    const connection = new BrokerConnection({ url: brokerUrl, name: 'relay', log });
    const publisher = new ConfirmPublisher(connection, log);
    if (interceptPublish) {
      const publish = publisher.publish.bind(publisher);
      publisher.publish = (publication) => interceptPublish(publication, () => publish(publication));
    }
    const relay = new Relay({
      databaseUrl: this.databaseUrl,
      applicationName: `relay ${this.relays.size}`,
      publisher,
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

  /** Adds events in one transaction. */
  add(...events: readonly OutgoingEvent[]): Promise<void> {
    return this.database.transaction((tx) => this.outbox.add(tx, events));
  }

  /** The published events in order, as `<subject> <sequence>`. */
  publishedNames(): string[] {
    return this.received.items.map(({ content }) => {
      const { subject, sequence } = JSON.parse(content.toString()) as { subject: string; sequence: string };
      return `${subject} ${Number(sequence)}`;
    });
  }

  /** Number of unpublished rows, including parked ones. */
  async countUnpublished(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT_UNPUBLISHED);
    return row!.count;
  }

  /** Sets the exchange of a subject's first event; a missing exchange makes it unpublishable. */
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

/** Creates an event of a new order, or of `subject`. */
export function createEvent(
  subject: string = randomUUID(),
  sequence = 1,
  correlationId = subject,
): OutgoingEvent {
  return outgoingEvent(orderConfirmed, subject, sequence, { orderId: randomUUID() }, { correlationId });
}

/** New subjects, `count` in each of the sixteen slots, slot by slot in turn. */
export function subjectsPerSlot(count: number): string[] {
  const slots = Array.from({ length: SLOT_COUNT }, (): string[] => []);
  while (slots.some(({ length }) => length < count)) {
    const subject = randomUUID();
    const slot = slots[slotForKey(subject)]!;
    if (slot.length < count) slot.push(subject);
  }
  return Array.from({ length: count }, (_, n) => slots.map((subjects) => subjects[n]!)).flat();
}

/** Creates events 1 to `count` of one subject. */
export function createEvents(subject: string, count: number): OutgoingEvent[] {
  return Array.from({ length: count }, (_, n) => createEvent(subject, n + 1));
}

/** Names as {@link RelayHarness.publishedNames} has them. */
export function toNames(events: readonly OutgoingEvent[]): string[] {
  return events.map(({ subject, sequence }) => `${subject} ${sequence}`);
}
