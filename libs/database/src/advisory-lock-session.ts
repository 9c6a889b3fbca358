import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { createCoalescingSocket } from './coalesce-writes.js';
import { PLANNER_SETTINGS } from './database.js';
import { assertSessionPooling } from './pooling-check.js';
import { assertSessionSettings, toStartupOptions } from './session-settings.js';
import { statement, type Statement } from './transaction.js';

const TRY_LOCK = statement('try_lock', 'SELECT pg_try_advisory_lock($1) AS locked');

/**
 * The server ends a lost session within 10 s and frees its locks; with its defaults it takes two hours. Keepalive detects
 * an unreachable host. The idle timeout detects a hanging process, and a proxy that keeps a dead connection open.
 */
const KEEPALIVE_SETTINGS = {
  tcp_keepalives_idle: '4',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '2',
  tcp_user_timeout: '8000',
};
/** Read back: the locks of a hanging process are freed only by this timeout. */
const LOCK_SETTINGS = { idle_session_timeout: '9000' };
const HEARTBEAT_INTERVAL_MS = 2_500;
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * A dedicated database session for advisory locks. The locks last as long as the session, so a process that loses the
 * session has lost the locks, and its next statement rejects. A process that ends, hangs or becomes unreachable loses the
 * session within 10 s. Requires PostgreSQL 14; a connection pooler must use session pooling and keep the settings.
 */
export class AdvisoryLockSession {
  private hasEnded = false;

  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    client.on('error', () => {
      this.hasEnded = true; // the next statement rejects too
    });
  }

  /** Whether the session is known to have ended: another session may hold its locks. */
  get isLost(): boolean {
    return this.hasEnded;
  }

  /**
   * Connects, within 5 s. Rejects with the database's or the socket's error.
   *
   * @throws SessionSettingsError, TransactionPoolingError when a pooler would break the guarantees of the locks
   * @param databaseUrl `postgres://user:password@host:port/database`
   * @param applicationName shown in `pg_stat_activity`
   */
  static async open(databaseUrl: string, applicationName: string): Promise<AdvisoryLockSession> {
    const socket = createCoalescingSocket();
    const config: ClientConfig = {
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      query_timeout: 15_000,
      options: toStartupOptions({ ...KEEPALIVE_SETTINGS, ...LOCK_SETTINGS, ...PLANNER_SETTINGS }),
      stream: () => socket,
    };
    const client = new Client(config);
    const session = new AdvisoryLockSession(client, socket);
    try {
      await client.connect();
      await assertSessionSettings(client, LOCK_SETTINGS);
      await assertSessionPooling(client, config);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Takes the lock `key` until the session ends, without waiting; false when another session holds it. */
  async tryLock(key: number): Promise<boolean> {
    const [row] = await this.query<{ locked: boolean }>(TRY_LOCK, [key]);
    return row?.locked === true;
  }

  /**
   * Runs one statement, within 15 s. Run statements one at a time. The server ends the session after 9 s without a
   * statement: wait with {@link waitWithHeartbeat}.
   */
  async query<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.client.query<Row>({ name, text, values: [...values] })).rows;
  }

  /** Waits for `work` and sends a heartbeat every 2.5 s. Rejects as soon as the session is lost; `work` continues. */
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

  /** Releases the locks and disconnects, within 1 s. Never rejects. */
  async close(): Promise<void> {
    this.hasEnded = true;
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Closes the socket immediately; pending statements reject. The server frees the locks when it notices. */
  destroy(): void {
    this.hasEnded = true;
    this.socket.destroy();
  }
}
