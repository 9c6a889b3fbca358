import type { Service } from '#contracts';
import { hitFailpoint } from '#failpoints';
import { AdvisoryLockSession, statement, unnestParameters } from '#database';

/** An outbox row as the relay reads it: the envelope, the address and the attempts. */
export interface PendingRow {
  /** A bigint as text: the relay only orders and compares it in SQL. */
  readonly position: string;
  readonly id: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Last word of the routing key: all events of a slot are routed to the same queues. */
  readonly slot: string;
  readonly type: string;
  readonly producer: Service;
  readonly subject: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly occurredAt: Date;
  /** JSON text, as it is stored. */
  readonly data: string;
  /** Attempts that failed while no other row was in flight. */
  readonly attempts: number;
}

// The same in every replica, and no other lock's key. Each service has its own database.
const RELAY_LOCK_KEY = 7_240_102;

/** What a read may return of one slot. */
export interface SlotRead {
  readonly slot: string;
  /** Only rows at later positions; see `PositionFloors`. */
  readonly floor: string;
  /** Most rows, in outbox order. */
  readonly rowsMax: number;
}

// Marking and reading share a statement and a commit, which is most of the cost of a row when few are pending. The SELECT
// does not see the UPDATE's effect, so the marked positions are excluded explicitly, in a subquery, because PostgreSQL hashes
// it; a generic plan compares `<> ALL ($1)` element by element. Each slot is a range of the index `outbox_pending_slots`, so
// the rows of a slot that waits cost the others nothing.
export const MARK_AND_READ = statement(
  'relay_mark_and_read',
  `WITH marked AS (
     UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])
   )
   SELECT page.position::text AS position, page.id, page.exchange, page.routing_key AS "routingKey", slots.slot, page.type,
          page.producer, page.subject, page.sequence, page.correlation_id AS "correlationId",
          page.causation_id AS "causationId", page.traceparent, page.tracestate,
          page.occurred_at AS "occurredAt", page.data::text AS data, page.attempts
   FROM unnest($2::text[], $3::bigint[], $4::integer[]) AS slots (slot, floor, rows_max)
   CROSS JOIN LATERAL (
     SELECT *
     FROM outbox
     WHERE published_at IS NULL AND parked_at IS NULL
       AND split_part(routing_key, '.', -1) = slots.slot AND position > slots.floor
       AND position NOT IN (SELECT unnest($1::bigint[]))
       AND subject <> ALL ($5::text[])
       AND subject <> ALL (ARRAY(SELECT parked.subject FROM outbox AS parked WHERE parked.parked_at IS NOT NULL))
     ORDER BY position
     LIMIT slots.rows_max
   ) AS page
   ORDER BY page.position -- and not by its text`,
);

const MARK = statement(
  'relay_mark',
  'UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])',
);

// Only for a row at fault: an unavailable broker must not use up its attempts.
const COUNT_FAILURE = statement(
  'relay_count_failure',
  `UPDATE outbox
   SET attempts = attempts + 1, last_error = $2,
       parked_at = CASE WHEN attempts + 1 >= $3 THEN now() END
   WHERE position = $1
   RETURNING attempts, parked_at IS NOT NULL AS "isParked"`,
);

/**
 * The active relay's database session. It holds the advisory lock, and all rows are read and marked through it: a relay
 * that loses the session loses the lock and can mark no more rows. See {@link AdvisoryLockSession} for the time limits.
 */
export class RelaySession {
  private constructor(private readonly session: AdvisoryLockSession) {}

  /** Whether the session has ended: another relay may be active, so publish no further row. */
  get isLost(): boolean {
    return this.session.isLost;
  }

  /**
   * Connects and tries to take the lock; undefined when another replica's relay is active. Rejects when the database is
   * unavailable.
   */
  static async open(databaseUrl: string, applicationName: string): Promise<RelaySession | undefined> {
    const session = await AdvisoryLockSession.open(databaseUrl, applicationName);
    try {
      if (await session.tryLock(RELAY_LOCK_KEY)) return new RelaySession(session);
    } catch (error) {
      session.destroy();
      throw error;
    }
    await session.close();
    return undefined;
  }

  /**
   * Marks `confirmed` rows as published and reads pending rows of `slots` in outbox order. Leaves out delayed subjects, and
   * all rows of a subject with a parked row.
   */
  async markAndRead(
    confirmed: readonly PendingRow[],
    slots: readonly SlotRead[],
    delayedSubjects: readonly string[],
  ): Promise<PendingRow[]> {
    if (confirmed.length > 0) hitFailpoint('relay.after-confirm');
    const ranges = unnestParameters(slots, 'slot', 'floor', 'rowsMax');
    return this.session.query<PendingRow>(MARK_AND_READ, [
      toPositionArray(confirmed),
      ...ranges,
      delayedSubjects,
    ]);
  }

  /** Marks `confirmed` rows as published, without a read; no statement when there are none. */
  async mark(confirmed: readonly PendingRow[]): Promise<void> {
    if (confirmed.length === 0) return;
    hitFailpoint('relay.after-confirm');
    await this.session.query(MARK, [toPositionArray(confirmed)]);
  }

  /** Counts an attempt of a row that failed alone, and parks the row at the `attemptsMax`-th one. */
  async countFailure(
    { position }: PendingRow,
    error: string,
    attemptsMax: number,
  ): Promise<{ attempts: number; isParked: boolean }> {
    const [row] = await this.session.query<{ attempts: number; isParked: boolean }>(COUNT_FAILURE, [
      position,
      error,
      attemptsMax,
    ]);
    return row ?? { attempts: 0, isParked: false };
  }

  /** Waits for `work` and sends heartbeats. Rejects as soon as the session is lost. */
  waitWithHeartbeat<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.waitWithHeartbeat(work);
  }

  /** Releases the lock and disconnects. Never rejects. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Closes the socket immediately; pending statements reject. */
  destroy(): void {
    this.session.destroy();
  }
}

/** A PostgreSQL array literal: pg would escape every element. */
function toPositionArray(rows: readonly PendingRow[]): string {
  return `{${rows.map(({ position }) => position).join()}}`;
}
