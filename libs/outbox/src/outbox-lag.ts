import { type Database, statement } from '#database';

// Both by the partial indexes; counts no further than it must.
const STANDSTILL = statement(
  'outbox_standstill',
  `SELECT coalesce((
            SELECT extract(epoch FROM now() - occurred_at) * 1000
            FROM outbox
            WHERE published_at IS NULL AND set_aside_at IS NULL
            ORDER BY position
            LIMIT 1), 0)::float8 AS "oldestPendingMs",
          (SELECT count(*) FROM (SELECT FROM outbox WHERE set_aside_at IS NOT NULL LIMIT 1000) AS capped) AS "setAside"`,
);

export interface OutboxStandstill {
  /** How long the oldest event has waited that is to be published; 0 if there is none. */
  readonly oldestPendingMs: number;
  /** Events that could not be published, up to 1,000. */
  readonly setAside: number;
}

/** What in the outbox does not move. Cheap, however full it is. */
export async function outboxStandstill(database: Database): Promise<OutboxStandstill> {
  const [row] = await database.query<OutboxStandstill>(STANDSTILL);
  return row ?? { oldestPendingMs: 0, setAside: 0 };
}
