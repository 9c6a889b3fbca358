import type { ConfirmChannel, Options } from 'amqplib';

import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { EXCHANGE, type Sandbox } from './sandbox.js';
import type { Db, Session } from './session.js';

export interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
}

/** The two systems that an order request must change. */
export interface Storefront {
  readonly db: Db;
  /** Publishes the event of an order and waits for the confirm. @throws Error when the broker is unavailable */
  readonly publish: (order: Order) => Promise<void>;
}

export type PlaceOrder = (storefront: Storefront, order: Order) => Promise<void>;

/** Mistake: the order is committed, and the event can still be lost. */
export async function publishAfterCommit({ db, publish }: Storefront, order: Order): Promise<void> {
  await db.query('BEGIN');
  await db.query('INSERT INTO orders VALUES ($1, $2, $3)', [order.id, order.sku, order.quantity]);
  await db.query('COMMIT');
  await publish(order); // fails while the broker is unavailable, and the order stays
}

/** Mistake: the event is published, and the order can still be rolled back. */
export async function publishBeforeCommit({ db, publish }: Storefront, order: Order): Promise<void> {
  await db.query('BEGIN');
  await db.query('INSERT INTO orders VALUES ($1, $2, $3)', [order.id, order.sku, order.quantity]);
  await publish(order); // cannot be undone if the next line fails
  await db.query('COMMIT');
}

export const STOREFRONT_TABLES = `
  CREATE TABLE orders (id uuid PRIMARY KEY, sku text NOT NULL, quantity integer NOT NULL);
  CREATE TABLE outbox (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL UNIQUE,
                       event json NOT NULL, published_at timestamptz)`;

/** A program that stores orders and publishes their events. It reaches the broker through a link. */
export class StorefrontProgram implements Storefront {
  private channel: ConfirmChannel | undefined;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly link: TcpProxy,
    readonly db: Session,
    readonly queue: string,
  ) {}

  static async start(sandbox: Sandbox): Promise<StorefrontProgram> {
    const queue = await sandbox.declareQueue('orders');
    const program = new StorefrontProgram(sandbox, await sandbox.openLink(), sandbox.openSession(), queue);
    await program.connect();
    return program;
  }

  readonly publish = async (order: Order): Promise<void> => {
    if (this.channel === undefined) throw new Error('not connected to the broker');
    this.channel.publish(EXCHANGE, this.queue, Buffer.from(JSON.stringify(order)), { messageId: order.id });
    await this.channel.waitForConfirms();
  };

  /** Cuts the link and waits until the program has noticed. */
  async cutLink(): Promise<void> {
    const closed = new Promise<unknown>((resolve) => this.channel?.once('close', resolve));
    await Promise.all([this.link.cut(), closed]);
    this.channel = undefined;
  }

  async restoreLink(): Promise<void> {
    await this.link.restore();
    await this.connect();
  }

  /** The relay: publishes every row of the outbox that is not marked, then marks it. */
  async relayOutbox(): Promise<void> {
    const { rows } = await this.db.query<{ id: string; event: Order }>(
      'SELECT id, event FROM outbox WHERE published_at IS NULL ORDER BY position',
    );
    for (const { id, event } of rows) {
      await this.publish(event);
      await this.db.query('UPDATE outbox SET published_at = now() WHERE id = $1', [id]);
    }
  }

  private async connect(): Promise<void> {
    const connection = await this.sandbox.connect(this.link);
    this.channel = await connection.createConfirmChannel();
    this.channel.on('error', () => {}); // the pending call rejects with the same error
  }
}

/** Reserves units for a buyer. Resolves to false if too few are available. */
export type Reserve = (db: Db, sku: string, quantity: number) => Promise<boolean>;

/** Mistake: two buyers read the same number, and both subtract from it. */
export async function reserveByReadThenWrite(db: Db, sku: string, quantity: number): Promise<boolean> {
  const { rows } = await db.query<{ available: number }>('SELECT available FROM stock WHERE sku = $1', [sku]);
  const available = rows[0]?.available ?? 0;
  if (available < quantity) return false;
  await db.query('UPDATE stock SET available = $2 WHERE sku = $1', [sku, available - quantity]);
  return true;
}

export const STOCK_TABLES = 'CREATE TABLE stock (sku text PRIMARY KEY, available integer NOT NULL)';

/** The way of an order to the queue. */
export interface Intake {
  /** Publishes an order and waits for the confirm. @throws Error when the broker refuses it: the queue is full */
  readonly publish: (order: Order) => Promise<void>;
}

/** Serves one customer. Resolves to the HTTP status of the response. */
export type Accept = (intake: Intake, order: Order) => Promise<number>;

/** Mistake: a full queue drops its oldest message to take a new one, also one whose customer has a 202. */
export function dropOldest(): Options.AssertQueue {
  return { maxLength: 10, arguments: { 'x-overflow': 'drop-head' } };
}

/** A message that claims that an order is paid for. */
export interface PaymentClaim {
  /** The producer, as the body says. Every publisher can write it. */
  readonly from: string;
  /** The `userId` property. The broker refuses any value but the publisher's login. Undefined: not set. */
  readonly userId: string | undefined;
}

/** Whether the storefront completes the order of a claim. `paymentUser` is the broker user of the payment service. */
export type Trust = (claim: PaymentClaim, paymentUser: string) => boolean;

/** Mistake: the body of a message says who sent it, and every client of the broker can write a body. */
export function trustBody({ from }: PaymentClaim): boolean {
  return from === 'payment';
}
