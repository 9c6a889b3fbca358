import { type Database, statement } from '#database';
import { SLOT_COUNT } from '#messaging';

// The index of pending rows is ordered by position per slot: the oldest row is the oldest of the sixteen slots' first rows.
const FIRST_PENDING_ROWS = `
  generate_series(0, ${SLOT_COUNT - 1}) AS slot
  CROSS JOIN LATERAL (
    SELECT occurred_at FROM outbox
    WHERE published_at IS NULL AND parked_at IS NULL AND split_part(routing_key, '.', -1) = slot::text
    ORDER BY position
    LIMIT 1
  ) AS first`;

// Both subqueries read partial indexes, and the count ends at 1,000.
const LAG = statement(
  'outbox_lag',
  `SELECT coalesce((
            SELECT extract(epoch FROM now() - min(occurred_at)) * 1000 FROM ${FIRST_PENDING_ROWS}), 0)::float8 AS "oldestPendingMs",
          (SELECT count(*) FROM (SELECT FROM outbox WHERE parked_at IS NOT NULL LIMIT 1000) AS capped) AS "parked"`,
);

const STATUS = statement(
  'outbox_status',
  `SELECT (SELECT count(*)::integer FROM (
             SELECT FROM outbox WHERE published_at IS NULL AND parked_at IS NULL LIMIT 1000000
           ) AS capped) AS pending,
          (SELECT min(occurred_at) FROM ${FIRST_PENDING_ROWS}) AS "oldestPendingAt",
          (SELECT count(*)::integer FROM outbox WHERE parked_at IS NOT NULL) AS "parked"`,
);

/** How far publishing lags behind, for metrics and alarms. */
export interface OutboxLag {
  /** Age of the oldest pending event, in ms; 0 when no event is pending. Parked events are not pending. */
  readonly oldestPendingMs: number;
  /** Parked events, counted up to 1,000. */
  readonly parked: number;
}

/** Measures the lag. Cheap however many rows the outbox has: call it every second or so. */
export async function outboxLag(database: Database): Promise<OutboxLag> {
  const [row] = await database.query<OutboxLag>(LAG);
  return row ?? { oldestPendingMs: 0, parked: 0 };
}

/** The outbox as an operator sees it. */
export interface OutboxStatus {
  /** Events that are neither published nor parked, counted up to 1,000,000. */
  readonly pending: number;
  /** When the oldest pending event was added; null when no event is pending. */
  readonly oldestPendingAt: Date | null;
  /** Events that wait for an operator: see `listParkedEvents`. */
  readonly parked: number;
}

/** Counts pending and parked events. May read 1,000,000 index entries: for operators, not for a loop. */
export async function outboxStatus(database: Database): Promise<OutboxStatus> {
  const [row] = await database.query<OutboxStatus>(STATUS);
  return row!;
}
