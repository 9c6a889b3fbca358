import type { Socket } from 'node:net';
import { Client } from 'pg';
import { PLANNER_SETTINGS } from './planner-settings.js';
import { statement, type Statement } from './transaction.js';
import { createCoalescingSocket } from './coalesce-writes.js';

const TRY_LOCK = statement('try_lock', 'SELECT pg_try_advisory_lock($1) AS locked');

/**
 * The server notices within 10 s that we are gone, and frees the lock: by keepalive that our host is, and by our
 * silence that a middleman keeps a dead link open, or that this process hangs. Its own default is two hours.
 */
const SERVER_SETTINGS =
  '-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2 -c tcp_user_timeout=8000 ' +
  '-c idle_session_timeout=9000';
const HEARTBEAT_INTERVAL_MS = 2_500;
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * One database session of its own, for advisory locks, which last as long as it does: whoever has lost the session has
 * lost the lock, and knows it at the next statement. A process that is gone, hangs, or cannot be reached loses it
 * within 10 s. Needs PostgreSQL 14, and session pooling, not transaction pooling, if there is a pooler.
 */
export class AdvisoryLockSession {
  private hasEnded = false;

  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    client.on('error', () => {
      this.hasEnded = true; // also fails the next statement
    });
  }

  /** Whether the session is known to have ended: its locks may be another's by now. */
  get isLost(): boolean {
    return this.hasEnded;
  }

  /** @param applicationName shown in pg_stat_activity */
  static async open(databaseUrl: string, applicationName: string): Promise<AdvisoryLockSession> {
    const socket = createCoalescingSocket();
    const client = new Client({
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      query_timeout: 15_000,
      options: `${SERVER_SETTINGS} ${PLANNER_SETTINGS}`,
      stream: () => socket,
    });
    const session = new AdvisoryLockSession(client, socket);
    try {
      await client.connect();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Takes the lock of that number, for as long as the session lives; false when another session has it. */
  async tryLock(key: number): Promise<boolean> {
    const [row] = await this.query<{ locked: boolean }>(TRY_LOCK, [key]);
    return row?.locked === true;
  }

  /** One at a time; the server takes 9 s without any for the end of this process: see {@link during}. */
  async query<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.client.query<Row>({ name, text, values: [...values] })).rows;
  }

  /** Waits for `work`, and shows the server meanwhile that we are there. Rejects as soon as the session is lost. */
  async waitWithHeartbeat<Result>(work: Promise<Result>): Promise<Result> {
    let stopHeartbeat!: () => void;
    let heartbeat: Promise<unknown> = Promise.resolve();
    const lost = new Promise<never>((_, reject) => {
      const timer = setInterval(() => {
        heartbeat = this.client.query('SELECT').catch(reject);
      }, HEARTBEAT_INTERVAL_MS);
      this.client.on('error', reject);
      stopHeartbeat = () => {
        clearInterval(timer);
        this.client.off('error', reject);
      };
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      stopHeartbeat();
      await heartbeat;
    }
  }

  /** Gives the locks back. */
  async close(): Promise<void> {
    this.hasEnded = true;
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Drops the link without a word; whatever waits for an answer fails. */
  destroy(): void {
    this.hasEnded = true;
    this.socket.destroy();
  }
}
