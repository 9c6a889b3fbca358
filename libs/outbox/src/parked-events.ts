import { type Database, statement, type Transaction } from '#database';

const EVENT_COLUMNS =
  'id, type, subject, sequence, attempts, last_error AS "lastError", parked_at AS "parkedAt"';

const LIST = statement(
  'outbox_list_parked',
  `SELECT ${EVENT_COLUMNS} FROM outbox WHERE parked_at IS NOT NULL ORDER BY position LIMIT $1`,
);

const FIND = statement(
  'outbox_find_parked',
  `SELECT ${EVENT_COLUMNS} FROM outbox WHERE parked_at IS NOT NULL AND id = $1`,
);

const RELEASE = statement(
  'outbox_release_parked',
  'UPDATE outbox SET parked_at = NULL, attempts = 0 WHERE id = $1 AND parked_at IS NOT NULL RETURNING id',
);

const STATUS = statement(
  'outbox_status',
  `SELECT (SELECT count(*)::integer FROM (
             SELECT FROM outbox WHERE published_at IS NULL AND parked_at IS NULL LIMIT 1000000
           ) AS capped) AS pending,
          (SELECT occurred_at FROM outbox WHERE published_at IS NULL AND parked_at IS NULL
           ORDER BY position LIMIT 1) AS "oldestPendingAt",
          (SELECT count(*)::integer FROM outbox WHERE parked_at IS NOT NULL) AS "parked"`,
);

/** An event that could not be published. Later events of its subject wait behind it. */
export interface ParkedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly attempts: number;
  readonly lastError: string;
  readonly parkedAt: Date;
}

/** What waits for an operator, oldest first, at most `limit`. */
export function listParkedEvents(database: Database, limit: number): Promise<ParkedEvent[]> {
  return database.query<ParkedEvent>(LIST, [limit]);
}

/** One of them, or undefined when no event of that id is set aside. */
export async function findParkedEvent(database: Database, id: string): Promise<ParkedEvent | undefined> {
  const [event] = await database.query<ParkedEvent>(FIND, [id]);
  return event;
}

/** How much waits to be published, and since when. */
export interface OutboxStatus {
  /** Not counted further than 1,000,000. */
  readonly pending: number;
  readonly oldestPendingAt: Date | null;
  readonly parked: number;
}

/** What is in the outbox and not published yet. */
export async function outboxStatus(database: Database): Promise<OutboxStatus> {
  const [row] = await database.query<OutboxStatus>(STATUS);
  return row!;
}

/** Lets the relay try an event again, in its old place, when what was wrong has been put right. False if it is not set aside. */
export async function releaseParkedEvent(
  database: Pick<Database | Transaction, 'query'>,
  id: string,
): Promise<boolean> {
  const released = await database.query(RELEASE, [id]);
  return released.length > 0;
}
