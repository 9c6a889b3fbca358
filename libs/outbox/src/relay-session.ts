import { Socket } from 'node:net';
import { Client } from 'pg';
import { crashPoint } from '#crash-points';
import { PLANNER_SETTINGS } from '#database';

export interface PendingRow {
  readonly position: string;
  readonly id: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** The last part of the routing key. */
  readonly slot: string;
  readonly type: string;
  readonly producer: string;
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
const RELAY_LOCK = 7_240_102;

const PENDING = {
  name: 'relay_pending',
  text: `SELECT position, id, exchange, routing_key AS "routingKey", split_part(routing_key, '.', -1) AS slot,
                type, producer, subject, sequence, correlation_id AS "correlationId", causation_id AS "causationId",
                traceparent, occurred_at AS "occurredAt", data::text AS data, attempts
         FROM outbox
         WHERE published_at IS NULL AND set_aside_at IS NULL
           AND subject <> ALL ($1::text[])
           AND subject <> ALL (ARRAY(SELECT aside.subject FROM outbox AS aside WHERE aside.set_aside_at IS NOT NULL))
           AND split_part(routing_key, '.', -1) <> ALL ($2::text[])
         ORDER BY position
         LIMIT $3`,
};

const MARK_PUBLISHED = {
  name: 'relay_mark_published',
  text: 'UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])',
};

const COUNT_FAILURE = {
  name: 'relay_count_failure',
  text: `UPDATE outbox
         SET attempts = attempts + 1, last_error = $2,
             set_aside_at = CASE WHEN attempts + 1 >= $3 THEN now() END
         WHERE position = $1
         RETURNING attempts, set_aside_at IS NOT NULL AS "setAside"`,
};

/**
 * The server notices within 10 s that we are gone, and frees the lock: by keepalive that our host is, and by our
 * silence that a middleman keeps a dead link open, or that this process hangs. Its own default is two hours.
 */
const SERVER_SETTINGS =
  '-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2 -c tcp_user_timeout=8000 ' +
  '-c idle_session_timeout=9000';
const PULSE_MS = 2_500;
const CLOSE_WITHIN_MS = 1_000;

/**
 * The active relay's hold on the outbox: one database session that has the advisory lock and through which alone rows
 * are read and marked. When the session is lost so is the lock, and with it every means to go on: two relays can
 * never both believe for long that they are the active one. Needs PostgreSQL 14, and session pooling, not transaction
 * pooling, if there is a pooler.
 */
export class RelaySession {
  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    client.on('error', () => {}); // also fails the next statement, which is where it is noticed
  }

  /** Connects and tries for the lock; undefined when another replica has it. */
  static async open(databaseUrl: string, applicationName: string): Promise<RelaySession | undefined> {
    const socket = new Socket();
    const client = new Client({
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      query_timeout: 15_000,
      options: `${SERVER_SETTINGS} ${PLANNER_SETTINGS}`,
      stream: () => socket,
    });
    const session = new RelaySession(client, socket);
    try {
      await client.connect();
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        RELAY_LOCK,
      ]);
      if (rows[0]?.locked) return session;
      await session.close();
      return undefined;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Unpublished rows in order, leaving out those that wait, and those behind a row that was set aside. */
  async pending(
    waiting: { readonly subjects: readonly string[]; readonly slots: readonly string[] },
    limit: number,
  ): Promise<PendingRow[]> {
    const values = [waiting.subjects, waiting.slots, limit];
    const { rows } = await this.client.query<PendingRow>({ ...PENDING, values });
    return rows;
  }

  async markPublished(rows: readonly PendingRow[]): Promise<void> {
    if (rows.length === 0) return;
    crashPoint('relay: after confirm, before marking');
    await this.client.query({ ...MARK_PUBLISHED, values: [rows.map(({ position }) => position)] });
  }

  /** Notes that this row alone could not be published; sets it aside at the `attemptsMax`-th time. */
  async countFailure(
    { position }: PendingRow,
    error: string,
    attemptsMax: number,
  ): Promise<{ attempts: number; setAside: boolean }> {
    const { rows } = await this.client.query<{ attempts: number; setAside: boolean }>({
      ...COUNT_FAILURE,
      values: [position, error, attemptsMax],
    });
    return rows[0] ?? { attempts: 0, setAside: false };
  }

  /** Waits for `work`, and shows the server meanwhile that we are there. Rejects as soon as the session is lost. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    let stopWatching!: () => void;
    let beat: Promise<unknown> = Promise.resolve();
    const lost = new Promise<never>((_, reject) => {
      const pulse = setInterval(() => {
        beat = this.client.query('SELECT').catch(reject);
      }, PULSE_MS);
      this.client.on('error', reject);
      stopWatching = () => {
        clearInterval(pulse);
        this.client.off('error', reject);
      };
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      stopWatching();
      await beat;
    }
  }

  /** Gives the lock back. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.abandon(), CLOSE_WITHIN_MS);
    await this.client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Drops the link without a word; whatever waits for an answer fails. */
  abandon(): void {
    this.socket.destroy();
  }
}
