import { v7 as uuidv7 } from 'uuid';
import { type Database, statement, type Transaction } from '#database';
import type { DeadLetter } from '#messaging';

const ADD = statement(
  'dead_letters_add',
  `INSERT INTO dead_letters (id, queue, key, message_id, type, reason, error, stack, attempts,
                             exchange, routing_key, published_by, properties, body)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
   ON CONFLICT (queue, key) DO UPDATE
   SET type = excluded.type, reason = excluded.reason, error = excluded.error, stack = excluded.stack,
       attempts = excluded.attempts, exchange = excluded.exchange, routing_key = excluded.routing_key,
       published_by = excluded.published_by, properties = excluded.properties, body = excluded.body,
       status = 'open', occurrences = dead_letters.occurrences + 1, last_failed_at = now()`,
);

const LIST = statement(
  'dead_letters_list',
  `SELECT id, queue, message_id AS "messageId", type, reason, error, attempts, exchange, routing_key AS "routingKey",
          published_by AS "publishedBy", status, occurrences, octet_length(body) AS "bodyBytes",
          first_failed_at AS "firstFailedAt", last_failed_at AS "lastFailedAt"
   FROM dead_letters
   WHERE status = $1
   ORDER BY last_failed_at DESC, id
   LIMIT $2`,
);

const SHOW = statement(
  'dead_letters_show',
  `SELECT id, queue, message_id AS "messageId", type, reason, error, stack, attempts, exchange,
          routing_key AS "routingKey", published_by AS "publishedBy", properties, status, occurrences,
          encode(body, 'base64') AS "bodyBase64", octet_length(body) AS "bodyBytes",
          first_failed_at AS "firstFailedAt", last_failed_at AS "lastFailedAt"
   FROM dead_letters
   WHERE id = $1`,
);

export type DeadLetterStatus = 'open' | 'replayed' | 'discarded';

/** A dead letter without its bytes, as a list shows it. */
export interface DeadLetterSummary {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string | null;
  readonly type: string | null;
  readonly reason: string;
  readonly error: string;
  readonly attempts: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly publishedBy: string | null;
  readonly status: DeadLetterStatus;
  /** How often it has failed for good: more than once after a replay. */
  readonly occurrences: number;
  readonly bodyBytes: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

export interface DeadLetterDetails extends DeadLetterSummary {
  readonly stack: string | null;
  readonly properties: unknown;
  readonly bodyBase64: string;
}

/**
 * Stores dead letters, in the transaction that takes their messages off the queue. The same message failing again in
 * the same queue reopens its dead letter; it never makes a second one. One statement each: a body may be megabytes.
 */
export async function addDeadLetters(tx: Transaction, letters: readonly DeadLetter[]): Promise<void> {
  const sorted = letters.toSorted((a, b) => compare(a.queue, b.queue) || compare(a.key, b.key));
  for (const letter of sorted) {
    await tx.query(ADD, [
      uuidv7(),
      letter.queue,
      letter.key,
      letter.messageId,
      letter.type,
      letter.reason,
      letter.error,
      letter.stack,
      letter.attempts,
      letter.exchange,
      letter.routingKey,
      letter.publishedBy,
      letter.properties,
      letter.body,
    ]);
  }
}

/** One order everywhere, so that two replicas that store the same letters wait for each other instead of deadlocking. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The newest dead letters of a status, at most `limit`. */
export function listDeadLetters(
  database: Database,
  status: DeadLetterStatus,
  limit: number,
): Promise<DeadLetterSummary[]> {
  return database.query<DeadLetterSummary>(LIST, [status, limit]);
}

/** One dead letter with its bytes, or undefined. */
export async function showDeadLetter(database: Database, id: string): Promise<DeadLetterDetails | undefined> {
  const [row] = await database.query<DeadLetterDetails>(SHOW, [id]);
  return row;
}
