import { type Database, statement, type Transaction } from '#database';

const EVENT =
  'id, type, subject, sequence, attempts, last_error AS "lastError", set_aside_at AS "setAsideAt"';

const LIST = statement(
  'outbox_list_set_aside',
  `SELECT ${EVENT} FROM outbox WHERE set_aside_at IS NOT NULL ORDER BY position LIMIT $1`,
);

const FIND = statement(
  'outbox_find_set_aside',
  `SELECT ${EVENT} FROM outbox WHERE set_aside_at IS NOT NULL AND id = $1`,
);

const RELEASE = statement(
  'outbox_release',
  'UPDATE outbox SET set_aside_at = NULL, attempts = 0 WHERE id = $1 AND set_aside_at IS NOT NULL RETURNING id',
);

const STATUS = statement(
  'outbox_status',
  `SELECT (SELECT count(*)::integer FROM (
             SELECT FROM outbox WHERE published_at IS NULL AND set_aside_at IS NULL LIMIT 1000000
           ) AS capped) AS pending,
          (SELECT occurred_at FROM outbox WHERE published_at IS NULL AND set_aside_at IS NULL
           ORDER BY position LIMIT 1) AS "oldestAt",
          (SELECT count(*)::integer FROM outbox WHERE set_aside_at IS NOT NULL) AS "setAside"`,
);

/** An event that could not be published. Later events of its subject wait behind it. */
export interface SetAsideEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly attempts: number;
  readonly lastError: string;
  readonly setAsideAt: Date;
}

/** What waits for an operator, oldest first, at most `limit`. */
export function listSetAside(database: Database, limit: number): Promise<SetAsideEvent[]> {
  return database.query<SetAsideEvent>(LIST, [limit]);
}

/** One of them, or undefined when no event of that id is set aside. */
export async function findSetAside(database: Database, id: string): Promise<SetAsideEvent | undefined> {
  const [event] = await database.query<SetAsideEvent>(FIND, [id]);
  return event;
}

/** How much waits to be published, and since when. */
export interface OutboxStatus {
  /** Not counted further than 1,000,000. */
  readonly pending: number;
  readonly oldestAt: Date | null;
  readonly setAside: number;
}

/** What is in the outbox and not published yet. */
export async function outboxStatus(database: Database): Promise<OutboxStatus> {
  const [row] = await database.query<OutboxStatus>(STATUS);
  return row!;
}

/** Lets the relay try an event again, in its old place, when what was wrong has been put right. False if it is not set aside. */
export async function releaseSetAside(
  database: Pick<Database | Transaction, 'query'>,
  id: string,
): Promise<boolean> {
  const released = await database.query(RELEASE, [id]);
  return released.length > 0;
}
