import type { ChannelModel, Channel, GetMessage } from 'amqplib';

import { waitUntil } from '../../tools/client/wait-until.js';
import type { Sandbox } from './sandbox.js';
import type { Db, Session } from './session.js';

/** A message for the points program: an order that has completed. */
export interface Completed {
  /** The message id, the same in every delivery. */
  readonly id: string;
  readonly orderId: string;
}

/** One delivery of a message. A delivery that is not acknowledged is delivered again after a restart. */
export interface Delivery {
  readonly db: Db;
  /** Parses the body. @throws SyntaxError for a malformed one */
  readonly read: () => Completed;
  readonly ack: () => void;
  /** Negative acknowledgement: the queue dead-letters the message if it has a dead-letter exchange, or else drops it. */
  readonly reject: () => void;
  /** Negative acknowledgement: the message returns to the head of the queue. */
  readonly requeue: () => void;
  /** 1 for the first delivery; the header `x-attempt` of a copy that {@link retryLater} has published. */
  readonly attempt: number;
  /** Publishes a copy with the next attempt to the queue `lesson.delay`, and waits for the confirm. */
  readonly retryLater: () => Promise<void>;
}

/** Handles one delivery. An error ends the process, which then restarts. */
export type Receive = (delivery: Delivery) => Promise<void>;

/** Mistake: every delivery credits a point, also the second delivery of the same message. */
export async function creditEveryDelivery({ db, read, ack }: Delivery): Promise<void> {
  const { orderId } = read();
  await db.query('INSERT INTO credits (order_id) VALUES ($1)', [orderId]);
  ack();
}

/** Mistake: the broker deletes the message before its effect exists. */
export async function acknowledgeFirst({ db, read, ack }: Delivery): Promise<void> {
  const { orderId } = read();
  ack();
  await db.query('INSERT INTO credits (order_id) VALUES ($1) ON CONFLICT DO NOTHING', [orderId]);
}

/** Mistake: the queue has no dead-letter exchange, so a rejected message is deleted. */
export async function rejectFailed({ db, read, ack, reject }: Delivery): Promise<void> {
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch {
    reject();
  }
}

/** Mistake: a message that always fails returns to the head of the queue without end. */
export async function requeueFailed({ db, read, ack, requeue }: Delivery): Promise<void> {
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch {
    requeue();
  }
}

export const POINTS_TABLES = `
  CREATE TABLE credits (position bigint GENERATED ALWAYS AS IDENTITY, order_id uuid NOT NULL);
  CREATE TABLE inbox (message_id uuid PRIMARY KEY)`;

/** The queue of {@link Delivery.retryLater}. */
export const DELAY_QUEUE = 'lesson.delay';

/** A program stops after this number of deliveries: a message blocks its queue. */
export const DELIVERIES_MAX = 100;

export interface PointsOptions {
  readonly queue: string;
  /** Loads the program's code: at the start, and after every restart. */
  readonly load: () => Promise<Receive>;
  /** Runs before a delivery is handled: sets the statement hooks of a fault, or restarts. Default: no fault. */
  readonly beforeDelivery?: (program: PointsProgram, message: GetMessage) => Promise<void> | void;
}

/** A subscriber that credits points, one message at a time, in plain amqplib. */
export class PointsProgram {
  deliveries = 0;
  /** Deliveries whose handler ended without an acknowledgement or an error. */
  unacknowledged = 0;
  /** The message of the first error that no fault caused. */
  unexpectedError = '';
  readonly db: Session;
  private crashesBeforeAck = false;
  /** The process was killed in this delivery: later lines of its code have no effect. */
  private isDead = false;
  private connection: ChannelModel | undefined;
  private channel: Channel | undefined;
  private receive: Receive | undefined;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly options: PointsOptions,
  ) {
    this.db = sandbox.openSession();
  }

  /** Handles messages until the queue is empty, or until {@link DELIVERIES_MAX}. */
  async run(): Promise<void> {
    await this.restart();
    while (this.deliveries < DELIVERIES_MAX) {
      const message = await this.channel!.get(this.options.queue);
      if (message === false) return;
      this.deliveries += 1;
      await this.deliver(message);
    }
  }

  /** Replaces code, database session and connection: memory is lost, and unacknowledged messages return. */
  async restart(): Promise<void> {
    await this.db.close();
    await this.connection?.close().catch(() => {}); // it may have failed already
    this.connection = await this.sandbox.connect();
    this.channel = await this.connection.createChannel();
    this.channel.on('error', () => {}); // the pending call rejects with the same error
    this.receive = await this.options.load();
  }

  /** Replaces the code, as a restart between two deliveries does: only the tables remember. */
  async reload(): Promise<void> {
    await this.db.close();
    this.receive = await this.options.load();
  }

  /** Kills the process at the next call of `ack`, before the broker receives it. */
  killBeforeAck(): void {
    this.crashesBeforeAck = true;
  }

  /** Kills the process before or after the next statement that matches. */
  killAt(when: 'before' | 'after', pattern: RegExp): void {
    this.db[when] = (sql) => (pattern.test(sql) ? this.die() : Promise.resolve());
  }

  /** Fails the next statement that matches; the process survives. */
  failBefore(pattern: RegExp): void {
    this.db.before = (sql) =>
      pattern.test(sql) ? Promise.reject(new Error('the database is unavailable')) : Promise.resolve();
  }

  private die(): Promise<never> {
    this.isDead = true;
    return Promise.reject(new Crash());
  }

  private async deliver(message: GetMessage): Promise<void> {
    let isSettled = false;
    const settle = (act: () => void) => (): void => {
      if (this.crashesBeforeAck || this.isDead) throw new Crash();
      isSettled = true;
      act();
    };
    await this.options.beforeDelivery?.(this, message);
    const channel = this.channel!;
    try {
      await this.receive!({
        db: this.db,
        read: () => parse(message),
        ack: settle(() => channel.ack(message)),
        reject: settle(() => channel.nack(message, false, false)),
        requeue: settle(() => channel.nack(message, false, true)),
        attempt: readAttempt(message),
        retryLater: () => this.publishRetry(message),
      });
      if (!isSettled) this.unacknowledged += 1;
    } catch (error) {
      if (!(error instanceof Crash)) this.unexpectedError ||= String(error);
      this.clearFault();
      await this.restart();
      if (!isSettled) await this.waitForReturn();
    } finally {
      this.clearFault();
    }
  }

  private publishRetry(message: GetMessage): Promise<void> {
    const { content, properties } = message;
    const headers = { 'x-attempt': readAttempt(message) + 1 };
    const messageId = properties.messageId as string;
    return this.sandbox.publish([{ queue: DELAY_QUEUE, body: content.toString(), messageId, headers }]);
  }

  private clearFault(): void {
    this.crashesBeforeAck = this.isDead = false;
    this.db.before = this.db.after = () => Promise.resolve();
  }

  /** The broker returns an unacknowledged message to the queue shortly after its connection has closed. */
  private async waitForReturn(): Promise<void> {
    const { queue } = this.options;
    const isBack = ({ messageCount }: { messageCount: number }): boolean => messageCount > 0;
    await waitUntil('the return of a message', async () => this.channel!.checkQueue(queue), isBack);
  }
}

/** The end of a process at a fault: `kill -9`. */
class Crash extends Error {
  override readonly name = 'Crash';
  constructor() {
    super('the process was killed');
  }
}

function readAttempt({ properties }: GetMessage): number {
  return (properties.headers as { 'x-attempt'?: number } | undefined)?.['x-attempt'] ?? 1;
}

/** Reads a lesson's JSON message, or an event of the shop. */
function parse({ content }: GetMessage): Completed {
  const { id, orderId, subject } = JSON.parse(content.toString()) as Partial<Completed> & {
    subject?: string;
  };
  return { id: id ?? '', orderId: orderId ?? subject ?? '' };
}

/** An event of an order: `placed`, `confirmed` or `completed`. */
export interface OrderEvent {
  readonly orderId: string;
  readonly status: 'placed' | 'confirmed' | 'completed';
  /** The number of events published before it. */
  readonly number: number;
}

/** Mistake: the queues take turns, so the events of one order are in different queues. */
export function takeTurns({ number }: OrderEvent, partitions: number): number {
  return number % partitions;
}

/** Mistake: one global queue keeps the order of all events, and one consumer does all the work. */
export function useOneQueue(): number {
  return 0;
}

/** Mistake: all consumers read one queue, so each message reaches one of them. */
export function consumeOneQueue(): string {
  return 'all';
}

/** An event of an unknown version: the envelope is known, its data is not. */
export interface VersionedEvent {
  /** `order.completed.v1` */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Mistake: a renamed member reads as undefined, and the default hides it. */
export function readLeniently({ data }: VersionedEvent): number {
  const { total } = data as { total?: { amount: number } };
  return (total?.amount ?? 0) / 100; // one point for each 元
}
