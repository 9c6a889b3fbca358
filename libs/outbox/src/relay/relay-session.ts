import type { Service } from '#contracts';
import { hitFailpoint } from '#failpoints';
import { AdvisoryLockSession, statement, type Statement } from '#database';

export interface PendingRow {
  readonly position: string;
  readonly id: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** The last part of the routing key. */
  readonly slot: string;
  readonly type: string;
  readonly producer: Service;
  readonly subject: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly occurredAt: Date;
  readonly data: string;
  /** How often this row alone could not be published. */
  readonly attempts: number;
}

// Any number will do: it only has to be the same in every replica, and each service has a database of its own.
const RELAY_LOCK_KEY = 7_240_102;

// One statement and one commit for both, because with few rows at a time that is most of what a row costs. The update
// changes nothing that the select could see: what it marks is left out by its position.
const markAndRead = (name: string, notIn: (column: string, array: string) => string): Statement =>
  statement(
    name,
    `WITH marked AS (
       UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])
     )
     SELECT position::text AS position, id, exchange, routing_key AS "routingKey",
            split_part(routing_key, '.', -1) AS slot, type, producer, subject, sequence,
            correlation_id AS "correlationId", causation_id AS "causationId", traceparent,
            occurred_at AS "occurredAt", data::text AS data, attempts
     FROM outbox
     WHERE published_at IS NULL AND parked_at IS NULL
       AND ${notIn('position', '$1::bigint[]')}
       AND ${notIn('subject', '$2::text[]')}
       AND subject <> ALL (ARRAY(SELECT parked.subject FROM outbox AS parked WHERE parked.parked_at IS NOT NULL))
       AND split_part(routing_key, '.', -1) <> ALL ($3::text[])
     ORDER BY outbox.position -- and not by its text
     LIMIT $4`,
  );

const MARK_AND_READ = markAndRead('relay_mark_and_read', (column, array) => `${column} <> ALL (${array})`);

// A plan made before the arrays are known compares each row with all they hold: with hundreds, that was two thirds of
// what reading and marking cost. A subquery is hashed, which does not pay for twenty.
const MARK_AND_READ_MANY = markAndRead(
  'relay_mark_and_read_many',
  (column, array) => `${column} NOT IN (SELECT unnest(${array}))`,
);
const MANY_EXCLUDED = 100;

const MARK = statement(
  'relay_mark',
  'UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])',
);

const COUNT_FAILURE = statement(
  'relay_count_failure',
  `UPDATE outbox
   SET attempts = attempts + 1, last_error = $2,
       parked_at = CASE WHEN attempts + 1 >= $3 THEN now() END
   WHERE position = $1
   RETURNING attempts, parked_at IS NOT NULL AS "isParked"`,
);

/**
 * The active relay's hold on the outbox: the database session that has the advisory lock and through which alone rows
 * are read and marked. When the session is lost so is the lock, and with it every means to go on: two relays can
 * never both believe for long that they are the active one.
 */
export class RelaySession {
  private constructor(private readonly session: AdvisoryLockSession) {}

  /** The lock may be another's by now: send nothing more. */
  get isLost(): boolean {
    return this.session.isLost;
  }

  /** Connects and tries for the lock; undefined when another replica has it. */
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
   * Marks `confirmed` as published, and resolves to unpublished rows in order, leaving out those that wait, and those
   * behind a row that was set parked.
   */
  async markAndRead(
    confirmed: readonly PendingRow[],
    excluded: { readonly subjects: readonly string[]; readonly slots: readonly string[] },
    limit: number,
  ): Promise<PendingRow[]> {
    if (confirmed.length > 0) hitFailpoint('relay.after-confirm');
    const values = [toPositionArray(confirmed), excluded.subjects, excluded.slots, limit];
    const hasManyExcluded = confirmed.length + excluded.subjects.length > MANY_EXCLUDED;
    return this.session.query<PendingRow>(hasManyExcluded ? MARK_AND_READ_MANY : MARK_AND_READ, values);
  }

  async mark(confirmed: readonly PendingRow[]): Promise<void> {
    if (confirmed.length === 0) return;
    hitFailpoint('relay.after-confirm');
    await this.session.query(MARK, [toPositionArray(confirmed)]);
  }

  /** Notes that this row alone could not be published; sets it parked at the `attemptsMax`-th time. */
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

  /** Waits for `work`. Rejects as soon as the session is lost. */
  waitWithHeartbeat<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.waitWithHeartbeat(work);
  }

  /** Gives the lock back. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Drops the link without a word; whatever waits for an answer fails. */
  destroy(): void {
    this.session.destroy();
  }
}

/** As an array of PostgreSQL, in text: pg would look at every element. */
function toPositionArray(rows: readonly PendingRow[]): string {
  return `{${rows.map(({ position }) => position).join()}}`;
}
