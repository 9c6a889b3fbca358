import { type Database, statement } from '#database';
import { CAUSE, type DeadLetterFilter, filterValues, MATCHES, PATTERN } from './filter.js';
import type { DeadLetterStatus } from './status.js';

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

/** A dead letter without its bytes, as a list shows it. */
export interface DeadLetterSummary {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string | null;
  readonly type: string | null;
  readonly failureReason: string;
  readonly error: string;
  /** The key of its group. */
  readonly cause: string;
  readonly attempts: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly publishedBy: string | null;
  readonly status: DeadLetterStatus;
  /**
   * How often it has failed for good: once, and once more for each replay and each further copy that failed. The same
   * delivery repeated by the broker is not counted again.
   */
  readonly occurrences: number;
  /** How often an operator has sent it again. */
  readonly replays: number;
  readonly bodyBytes: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

export interface DeadLetterDetails extends DeadLetterSummary {
  readonly stack: string | null;
  readonly properties: unknown;
  readonly bodyBase64: string;
}

/** Dead letters with one cause: the same failure reason and type, and the same error but for ids and numbers. */
export interface DeadLetterGroup {
  readonly cause: string;
  readonly failureReason: string;
  readonly type: string | null;
  readonly error: string;
  readonly count: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** The dead letters of a status, or that match a filter, the latest first, at most `limit`; from after one on. */
export function listDeadLetters(
  database: Database,
  statusOrFilter: DeadLetterStatus | DeadLetterFilter,
  limit: number,
  after?: string,
): Promise<DeadLetterSummary[]> {
  const filter = typeof statusOrFilter === 'string' ? { status: [statusOrFilter] } : statusOrFilter;
  return database.query<DeadLetterSummary>(LIST, [...filterValues(filter), after ?? null, limit]);
}

/** How many match. */
export async function countDeadLetters(database: Database, filter: DeadLetterFilter): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT, filterValues(filter));
  return row?.count ?? 0;
}

/** Those that match, by cause, the most frequent first, at most `limit` groups. */
export function groupDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
  limit: number,
): Promise<DeadLetterGroup[]> {
  return database.query<DeadLetterGroup>(GROUPS, [...filterValues(filter), limit]);
}

/** One dead letter with its bytes, or undefined. */
export async function findDeadLetter(database: Database, id: string): Promise<DeadLetterDetails | undefined> {
  const [row] = await database.query<DeadLetterDetails>(FIND, [id]);
  return row;
}
