import { type Database, statement } from '#database';
import {
  CAUSE,
  type DeadLetterFilter,
  type DeadLetterStatus,
  filterValues,
  MATCHES,
  PATTERN,
} from './filter.js';

const SUMMARY_COLUMNS = `id, queue, message_id AS "messageId", type, failure_reason AS "failureReason", error, ${CAUSE} AS cause, attempts, exchange,
  routing_key AS "routingKey", published_by AS "publishedBy", status, occurrences, replays,
  octet_length(body) AS "bodyBytes", first_failed_at AS "firstFailedAt", last_failed_at AS "lastFailedAt"`;

const LIST = statement(
  'dead_letters_list',
  `SELECT ${SUMMARY_COLUMNS}
   FROM dead_letters
   WHERE ${MATCHES}
     AND ($11::uuid IS NULL OR (last_failed_at, id) < (SELECT last_failed_at, id FROM dead_letters WHERE id = $11))
   ORDER BY last_failed_at DESC, id DESC
   LIMIT $12`,
);

const COUNT = statement(
  'dead_letters_count',
  `SELECT count(*)::integer AS count FROM dead_letters WHERE ${MATCHES}`,
);

const COUNT_OPEN = statement(
  'dead_letters_count_open',
  `SELECT count(*) AS open FROM (SELECT FROM dead_letters WHERE status = 'open' LIMIT 1000) AS capped`,
);

const GROUPS = statement(
  'dead_letters_groups',
  `SELECT ${CAUSE} AS cause, failure_reason AS "failureReason", type, min(${PATTERN}) AS error, count(*)::integer AS count,
          min(first_failed_at) AS "firstFailedAt", max(last_failed_at) AS "lastFailedAt"
   FROM dead_letters
   WHERE ${MATCHES}
   GROUP BY 1, 2, 3
   ORDER BY count DESC, cause
   LIMIT $11`,
);

const FIND = statement(
  'dead_letters_find',
  `SELECT ${SUMMARY_COLUMNS}, stack, properties, encode(body, 'base64') AS "bodyBase64"
   FROM dead_letters
   WHERE id = $1`,
);

/** A dead letter without its body, as lists show it. */
export interface DeadLetterSummary {
  /** A UUIDv7, ascending with the time of the first failure. */
  readonly id: string;
  /** The queue that delivered the message, for example `inventory.order-processing.3`. */
  readonly queue: string;
  /** The `message_id` property; null when the message had none. */
  readonly messageId: string | null;
  /** The `type` property, for example `order.placed.v1`; null when the message had none. */
  readonly type: string | null;
  /** The stable code of the last failure, for example `invalid_data` or `attempts_exhausted`. */
  readonly failureReason: string;
  /** The last error, as `Name: message`. */
  readonly error: string;
  /** The key of its {@link DeadLetterGroup}. */
  readonly cause: string;
  /** Attempts of the consumer, those after replays included. */
  readonly attempts: number;
  /** The exchange of the original publish; empty for the default exchange. */
  readonly exchange: string;
  /** The routing key of the original publish. */
  readonly routingKey: string;
  /** The user that published the message, verified by the broker; null when the message named no user. */
  readonly publishedBy: string | null;
  readonly status: DeadLetterStatus;
  /**
   * Times the message ended as this dead letter: 1, plus 1 for each failed replay and each further failed copy. A
   * redelivery of one delivery is not counted again.
   */
  readonly occurrences: number;
  /** Replays that operators asked for. */
  readonly replays: number;
  /** The length of the body in bytes. */
  readonly bodyBytes: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** A dead letter with its body, as {@link findDeadLetter} returns it. */
export interface DeadLetterDetails extends DeadLetterSummary {
  /** The stack of the last error; null when that error has none. */
  readonly stack: string | null;
  /** The AMQP properties of the message, headers included. */
  readonly properties: unknown;
  /** The body as it was delivered, or as an operator edited it. */
  readonly bodyBase64: string;
}

/** Dead letters of one cause: equal failure reason, type and error message, ids and numbers in the message aside. */
export interface DeadLetterGroup {
  /** The key of the group, 8 hexadecimal digits. */
  readonly cause: string;
  readonly failureReason: string;
  readonly type: string | null;
  /** The common error message, with `…` for ids and `N` for numbers. */
  readonly error: string;
  /** Dead letters in the group. */
  readonly count: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/**
 * Reads a page of at most `limit` dead letters, the last failed first. The page starts after the dead letter with the id
 * `after`; it is empty when that dead letter does not exist.
 */
export function listDeadLetters(
  database: Database,
  statusOrFilter: DeadLetterStatus | DeadLetterFilter,
  limit: number,
  after?: string,
): Promise<DeadLetterSummary[]> {
  const filter = typeof statusOrFilter === 'string' ? { status: [statusOrFilter] } : statusOrFilter;
  return database.query<DeadLetterSummary>(LIST, [...filterValues(filter), after ?? null, limit]);
}

/** Counts the dead letters that match. Reads the whole table. */
export async function countDeadLetters(database: Database, filter: DeadLetterFilter): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT, filterValues(filter));
  return row?.count ?? 0;
}

/** Counts the open dead letters up to 1,000. Uses an index, so alarms and gauges may call it often. */
export async function countOpenDeadLetters(database: Database): Promise<number> {
  const [row] = await database.query<{ open: number }>(COUNT_OPEN);
  return row?.open ?? 0;
}

/** Groups the dead letters that match by cause: the largest group first, at most `limit` groups. */
export function groupDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
  limit: number,
): Promise<DeadLetterGroup[]> {
  return database.query<DeadLetterGroup>(GROUPS, [...filterValues(filter), limit]);
}

/** Reads one dead letter with its body; undefined when no dead letter has this id. */
export async function findDeadLetter(database: Database, id: string): Promise<DeadLetterDetails | undefined> {
  const [row] = await database.query<DeadLetterDetails>(FIND, [id]);
  return row;
}
