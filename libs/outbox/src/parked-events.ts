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

/** An event that the relay could not publish. Later events of its subject stay pending until it is released. */
export interface ParkedEvent {
  readonly id: string;
  /** `order.placed.v1` */
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  /** Attempts that failed alone; see `RelayOptions.attemptsMax`. */
  readonly attempts: number;
  /** Message of the last error: the broker's reason, or the limit that the event exceeds. */
  readonly lastError: string;
  readonly parkedAt: Date;
}

/** Lists parked events in outbox order, at most `limit`. */
export function listParkedEvents(database: Database, limit: number): Promise<ParkedEvent[]> {
  return database.query<ParkedEvent>(LIST, [limit]);
}

/** Finds a parked event; undefined when no event of this id is parked. */
export async function findParkedEvent(database: Database, id: string): Promise<ParkedEvent | undefined> {
  const [event] = await database.query<ParkedEvent>(FIND, [id]);
  return event;
}

/**
 * Makes a parked event pending again, at its position, with no attempts. Correct the cause first, or the relay parks the
 * event again. Resolves to false when no event of this id is parked.
 */
export async function releaseParkedEvent(
  database: Pick<Database | Transaction, 'query'>,
  id: string,
): Promise<boolean> {
  const released = await database.query(RELEASE, [id]);
  return released.length > 0;
}
