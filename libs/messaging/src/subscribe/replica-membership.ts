import { randomInt } from 'node:crypto';
import { AdvisoryLockSession, ReadOnlyDatabaseError, statement } from '#database';
import { currentMembers, MEMBERS_MAX } from './partition-owners.js';

// An arbitrary number, the same in every replica of a service; each service has a separate database.
const REPLICA_LOCK_CLASS = 7_240_103;

const TRY_LOCK = statement('replica_try_lock', 'SELECT pg_try_advisory_lock($1, $2) AS locked');
const UNLOCK = statement('replica_unlock', 'SELECT pg_advisory_unlock($1, $2)');
const LIST_MEMBERS = statement(
  'replica_members',
  `SELECT objid::bigint::int AS "memberId", current_setting('transaction_read_only') = 'on' AS "isReadOnly"
   FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objsubid = 2 AND objid >= $2::oid
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
);

/**
 * The membership of one replica among the live replicas of its service. It consists of two PostgreSQL advisory locks: the
 * lowest free member index, and a member id with that index and a random generation. PostgreSQL releases both when the
 * session ends, at most 10 s after the replica has died.
 */
export class ReplicaMembership {
  private constructor(
    private readonly session: AdvisoryLockSession,
    private readonly memberIndex: number,
    private currentMemberId = 0,
  ) {}

  /**
   * Opens a session and takes the lowest free member index.
   *
   * @throws the driver's error when the database is unavailable
   */
  static async join(databaseUrl: string, applicationName: string): Promise<ReplicaMembership> {
    const session = await AdvisoryLockSession.open(databaseUrl, applicationName);
    try {
      let memberIndex = 0;
      while (!(await tryLock(session, memberIndex))) memberIndex += 1;
      const membership = new ReplicaMembership(session, memberIndex);
      await membership.renewMemberId();
      return membership;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** The id by which other replicas see this one. */
  get memberId(): number {
    return this.currentMemberId;
  }

  /** Takes a new member id with the same index: the other replicas see a change, and yield this one's partitions again. */
  async renewMemberId(): Promise<void> {
    const previous = this.currentMemberId;
    const next = randomInt(1, 2 ** 21) * MEMBERS_MAX + this.memberIndex;
    if (next === previous) return;
    await tryLock(this.session, next); // always free: this replica holds the member index
    this.currentMemberId = next;
    if (previous > 0) await this.session.query(UNLOCK, [REPLICA_LOCK_CLASS, previous]);
  }

  /**
   * The member ids of all live replicas, in the order of their indexes.
   *
   * @throws ReadOnlyDatabaseError when the server is no longer the primary: other replicas may be members on another one
   */
  async members(): Promise<number[]> {
    const rows = await this.session.query<{ memberId: number; isReadOnly: boolean }>(LIST_MEMBERS, [
      REPLICA_LOCK_CLASS,
      MEMBERS_MAX,
    ]);
    if (rows.some(({ isReadOnly }) => isReadOnly)) throw new ReadOnlyDatabaseError();
    return currentMembers(rows.map(({ memberId }) => memberId));
  }

  /** Waits for `work`, with heartbeats on the session. Rejects as soon as the session is lost. */
  waitWithHeartbeat<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.waitWithHeartbeat(work);
  }

  /** Ends the session and thereby the membership, within 1 s. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Ends the session by closing its socket. Pending queries reject. */
  destroy(): void {
    this.session.destroy();
  }
}

async function tryLock(session: AdvisoryLockSession, key: number): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(TRY_LOCK, [REPLICA_LOCK_CLASS, key]);
  return row?.locked === true;
}
