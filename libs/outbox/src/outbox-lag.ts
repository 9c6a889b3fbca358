import { type Database, statement } from '#database';

// Both by the partial indexes; counts no further than it must.
const LAG = statement(
  'outbox_lag',
  `SELECT coalesce((
            SELECT extract(epoch FROM now() - occurred_at) * 1000
            FROM outbox
            WHERE published_at IS NULL AND parked_at IS NULL
            ORDER BY position
            LIMIT 1), 0)::float8 AS "oldestPendingMs",
          (SELECT count(*) FROM (SELECT FROM outbox WHERE parked_at IS NOT NULL LIMIT 1000) AS capped) AS "parked"`,
);

export interface OutboxLag {
  /** How long the oldest event has waited that is to be published; 0 if there is none. */
  readonly oldestPendingMs: number;
  /** Events that could not be published, up to 1,000. */
  readonly parked: number;
}

/** What in the outbox does not move. Cheap, however full it is. */
export async function outboxLag(database: Database): Promise<OutboxLag> {
  const [row] = await database.query<OutboxLag>(LAG);
  return row ?? { oldestPendingMs: 0, parked: 0 };
}
