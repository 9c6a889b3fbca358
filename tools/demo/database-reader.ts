import { Pool, type QueryResultRow } from 'pg';

import type { Service } from '#contracts';
import type { EnvelopeFields } from '#messaging';

/** A row of an outbox, with all fields needed to publish the same bytes again. */
export interface OutboxRow extends EnvelopeFields {
  readonly exchange: string;
  readonly routingKey: string;
  /** When the relay marked the event, after its confirm; null until then. */
  readonly publishedAt: Date | null;
}

/** A row of an inbox. */
export interface InboxRow {
  readonly consumer: string;
  readonly messageId: string;
  readonly claimedAt: Date;
  readonly outcome: 'done' | 'already' | 'overtaken';
}

export interface DeadLetter {
  readonly queue: string;
  readonly failureReason: string;
  readonly error: string;
  readonly attempts: number;
  readonly publishedBy: string;
  readonly body: Buffer;
}

/** An order as one row of a table. */
export interface OrderRow {
  readonly id: string;
  /** `2 × West Lake Longjing green tea, 100 g` */
  readonly items: string;
  readonly status: string;
  readonly stock: string;
  readonly payment: string;
  /** In 分. */
  readonly total: number;
}

const OUTBOX_BY_SUBJECT = `
  SELECT id, type, producer, subject, sequence, exchange, routing_key AS "routingKey", correlation_id AS "correlationId",
         causation_id AS "causationId", traceparent, occurred_at AS "occurredAt", published_at AS "publishedAt",
         data::text AS data
  FROM outbox WHERE subject = $1 ORDER BY position`;

const INBOX_BY_SUBJECT = `
  SELECT consumer, message_id AS "messageId", claimed_at AS "claimedAt", outcome
  FROM inbox WHERE subject = $1 ORDER BY position`;

const ORDERS = `
  SELECT o.id, o.status, o.stock, o.payment, o.total_amount::float8 AS total,
         string_agg(l.quantity || ' × ' || CASE $1 WHEN 'zh' THEN p.name_zh ELSE p.name_en END, ' + ' ORDER BY l.line) AS items
  FROM orders AS o
  JOIN order_lines AS l ON l.order_id = o.id
  JOIN products AS p USING (sku)
  GROUP BY o.id ORDER BY o.id`;

const DEAD_LETTERS = `
  SELECT queue, failure_reason AS "failureReason", error, attempts, published_by AS "publishedBy", body
  FROM dead_letters WHERE status = 'open' ORDER BY first_failed_at`;

/**
 * Reads the evidence of the demo from the three services' databases, as the administrator. A service can read only its
 * database.
 */
export class DatabaseReader {
  private readonly pools: ReadonlyMap<Service, Pool>;

  constructor(databaseUrls: Readonly<Record<Service, string>>) {
    this.pools = new Map(
      Object.entries(databaseUrls).map(([service, connectionString]) => {
        const pool = new Pool({ connectionString, max: 2, application_name: 'demo' });
        // The pool replaces an idle connection that the server closed at the next query.
        pool.on('error', () => {});
        return [service as Service, pool];
      }),
    );
  }

  async query<Row extends QueryResultRow>(
    service: Service,
    sql: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    return (await this.pools.get(service)!.query<Row>(sql, values)).rows;
  }

  /** Returns the first column of the only row as a number. */
  async count(service: Service, sql: string, values: unknown[] = []): Promise<number> {
    const [row = {}] = await this.query(service, sql, values);
    return Number(Object.values(row)[0]);
  }

  /** The events of an order in a service's outbox, oldest first. */
  outbox(service: Service, orderId: string): Promise<OutboxRow[]> {
    return this.query<OutboxRow & QueryResultRow>(service, OUTBOX_BY_SUBJECT, [orderId]);
  }

  /** The messages of an order in a service's inbox, oldest first. */
  inbox(service: Service, orderId: string): Promise<InboxRow[]> {
    return this.query<InboxRow & QueryResultRow>(service, INBOX_BY_SUBJECT, [orderId]);
  }

  deadLetters(service: Service): Promise<DeadLetter[]> {
    return this.query<DeadLetter & QueryResultRow>(service, DEAD_LETTERS);
  }

  /** All orders, oldest first, with product names in `language`. */
  orders(language: 'en' | 'zh'): Promise<OrderRow[]> {
    return this.query<OrderRow & QueryResultRow>('order', ORDERS, [language]);
  }

  /** The number of unpublished events in a service's outbox. */
  unpublished(service: Service): Promise<number> {
    return this.count(service, 'SELECT count(*) FROM outbox WHERE published_at IS NULL');
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }
}
