import { type Database, statement } from '#database';

const LIST = statement(
  'outbox_list_set_aside',
  `SELECT id, type, subject, sequence, attempts, last_error AS "lastError", set_aside_at AS "setAsideAt"
   FROM outbox
   WHERE set_aside_at IS NOT NULL
   ORDER BY position
   LIMIT $1`,
);

const RELEASE = statement(
  'outbox_release',
  'UPDATE outbox SET set_aside_at = NULL, attempts = 0 WHERE id = $1 AND set_aside_at IS NOT NULL RETURNING id',
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

/** Lets the relay try an event again, in its old place, when what was wrong has been put right. False if it is not set aside. */
export async function releaseSetAside(database: Database, id: string): Promise<boolean> {
  const released = await database.query(RELEASE, [id]);
  return released.length > 0;
}
