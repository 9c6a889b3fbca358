import type { Service } from '#contracts';
import { type Database, statement } from '#database';

/** A row of an outbox with all fields of the message. */
export interface OutboxRow {
  readonly id: string;
  readonly type: string;
  readonly producer: Service;
  readonly subject: string;
  readonly sequence: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly occurredAt: Date;
  readonly publishedAt: Date | null;
  readonly parkedAt: Date | null;
  readonly attempts: number;
  readonly lastError: string | null;
  /** JSON text. */
  readonly data: string;
}

const OUTBOX_COLUMNS = `id, type, producer, subject, sequence, exchange, routing_key AS "routingKey",
  correlation_id AS "correlationId", causation_id AS "causationId", traceparent, occurred_at AS "occurredAt",
  published_at AS "publishedAt", parked_at AS "parkedAt", attempts, last_error AS "lastError", data::text AS data`;

// The outbox has no index on the subject, which would cost every event a write. An order of the last minutes is among the
// newest positions; an older one is searched in the whole table, within the statement timeout.
const TAIL_ROWS = 20_000;

const OUTBOX_TAIL = statement(
  'console_outbox_tail',
  `SELECT ${OUTBOX_COLUMNS} FROM outbox
   WHERE position > (SELECT coalesce(max(position), 0) - ${TAIL_ROWS} FROM outbox) AND subject = $1
   ORDER BY position`,
);

const OUTBOX_ALL = statement(
  'console_outbox_by_subject',
  `SELECT ${OUTBOX_COLUMNS} FROM outbox WHERE subject = $1 ORDER BY position`,
);

/** The events of one order in a service's outbox, oldest first. `isComplete` decides whether the newest rows suffice. */
export async function findOutboxRows(
  database: Database,
  orderId: string,
  isComplete: (rows: readonly OutboxRow[]) => boolean,
): Promise<readonly OutboxRow[]> {
  const newest = await database.query<OutboxRow>(OUTBOX_TAIL, [orderId]);
  return isComplete(newest) ? newest : database.query<OutboxRow>(OUTBOX_ALL, [orderId]);
}

const CLAIMS = statement(
  'console_claims',
  `SELECT consumer, message_id AS "messageId", outcome, claimed_at AS "claimedAt"
   FROM inbox WHERE consumer = ANY ($1::text[]) AND message_id = ANY ($2::uuid[])`,
);

export interface ClaimRow {
  readonly consumer: string;
  readonly messageId: string;
  readonly outcome: string;
  readonly claimedAt: Date;
}

/** The claims of these messages, by primary key. */
export function findClaimRows(
  database: Database,
  consumers: readonly string[],
  messageIds: readonly string[],
): Promise<ClaimRow[]> {
  return database.query<ClaimRow>(CLAIMS, [consumers, messageIds]);
}

const DEAD_LETTERS = statement(
  'console_dead_letters_by_message',
  `SELECT id, queue, lower(message_id) AS "messageId", status, error, last_failed_at AS "lastFailedAt"
   FROM dead_letters WHERE lower(message_id) = ANY ($1::text[])`,
);

export interface DeadLetterOfMessage {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string;
  readonly status: string;
  readonly error: string;
  readonly lastFailedAt: Date;
}

/** The dead letters of these messages, by index. */
export function findDeadLettersOf(
  database: Database,
  messageIds: readonly string[],
): Promise<DeadLetterOfMessage[]> {
  return database.query<DeadLetterOfMessage>(DEAD_LETTERS, [messageIds]);
}

const ORDER = statement(
  'console_order',
  `SELECT o.id, customer_id AS "customerId", status, cancellation AS reason, stock, payment,
          total_amount AS amount, currency, correlation_id AS "correlationId", placed_at AS "placedAt",
          deadline_at AS "deadlineAt", updated_at AS "updatedAt",
          (SELECT json_agg(json_build_object('sku', l.sku, 'quantity', quantity, 'unitPrice', unit_price,
             'name', json_build_object('en', coalesce(name_en, l.sku), 'zh', coalesce(name_zh, l.sku))) ORDER BY line)
           FROM order_lines AS l LEFT JOIN products AS p USING (sku) WHERE l.order_id = o.id) AS lines,
          (SELECT json_agg(json_build_object('version', version, 'trigger', trigger, 'to', to_status, 'stock', stock,
             'payment', payment, 'reason', reason, 'at', extract(epoch FROM at) * 1000) ORDER BY version)
           FROM order_transitions AS t WHERE t.order_id = o.id) AS transitions
   FROM orders AS o WHERE id = $1::uuid`,
);

export interface OrderRecord {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly stock: string;
  readonly payment: string;
  readonly amount: number;
  readonly currency: string;
  readonly correlationId: string;
  readonly placedAt: Date;
  readonly deadlineAt: Date;
  readonly updatedAt: Date;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly name: { readonly en: string; readonly zh: string };
  }[];
  readonly transitions: readonly {
    readonly version: number;
    readonly trigger: string;
    readonly to: string;
    readonly stock: string;
    readonly payment: string;
    readonly reason: string | null;
    readonly at: number;
  }[];
}

/** An order with its lines and transitions; undefined when no order has this id. */
export async function findOrderRecord(database: Database, orderId: string): Promise<OrderRecord | undefined> {
  const [row] = await database.query<OrderRecord>(ORDER, [orderId]);
  return row;
}

const OPERATIONS = statement(
  'console_gateway_operations',
  `SELECT operation, attempts, outcome, created_at AS "createdAt", completed_at AS "completedAt",
          last_error AS "lastError", parked_at AS "parkedAt", causation_id AS "causationId"
   FROM gateway_operations WHERE order_id = $1::uuid ORDER BY created_at`,
);

export interface OperationRow {
  readonly operation: string;
  readonly attempts: number;
  readonly outcome: string | null;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  readonly lastError: string | null;
  readonly parkedAt: Date | null;
  readonly causationId: string | null;
}

/** The gateway operations of one order, oldest first. */
export function findOperations(database: Database, orderId: string): Promise<OperationRow[]> {
  return database.query<OperationRow>(OPERATIONS, [orderId]);
}

const PAYMENT = statement(
  'console_payment',
  `SELECT status, updated_at AS at,
          coalesce(refund_refusal, capture_refusal, void_refusal, decline_reason) AS refusal
   FROM payments WHERE order_id = $1::uuid`,
);
const RESERVATION = statement(
  'console_reservation',
  'SELECT status, updated_at AS at FROM reservations WHERE order_id = $1::uuid',
);

export interface StatusRow {
  readonly status: string;
  readonly at: Date;
  readonly refusal?: string | null;
}

export async function findPayment(database: Database, orderId: string): Promise<StatusRow | undefined> {
  return (await database.query<StatusRow>(PAYMENT, [orderId]))[0];
}

export async function findReservation(database: Database, orderId: string): Promise<StatusRow | undefined> {
  return (await database.query<StatusRow>(RESERVATION, [orderId]))[0];
}
