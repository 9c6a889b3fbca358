import { randomInt } from 'node:crypto';
import { AdvisoryLockSession, statement } from '#database';
import { currentMembers, MEMBERS_MAX } from './partition-owners.js';

// Any number will do: it only has to be the same in every replica, and each service has a database of its own.
const REPLICA_LOCK_CLASS = 7_240_103;

const TRY_LOCK = statement('replica_try_lock', 'SELECT pg_try_advisory_lock($1, $2) AS locked');
const UNLOCK = statement('replica_unlock', 'SELECT pg_advisory_unlock($1, $2)');
const LIST_MEMBERS = statement(
  'replica_members',
  `SELECT objid::bigint::int AS "memberId"
   FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objsubid = 2 AND objid >= $2::oid
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
);

/**
 * A replica's place among the live replicas of its service: two advisory locks, the lowest free seat, which is what it
 * is called by, and a number of that seat, which says since when it has been subscribed to its queues. Both go when
 * the session does, so whoever is dead has no seat.
 */
export class ReplicaMembership {
  private constructor(
    private readonly session: AdvisoryLockSession,
    private readonly memberIndex: number,
    private currentMemberId = 0,
  ) {}

  static async join(databaseUrl: string, applicationName: string): Promise<ReplicaMembership> {
    const session = await AdvisoryLockSession.open(databaseUrl, applicationName);
    try {
      let memberIndex = 0;
      while (!(await tryLock(session, memberIndex))) memberIndex += 1;
      const membership = new ReplicaMembership(session, memberIndex);
      await membership.bumpGeneration();
      return membership;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** Under which the others know us. */
  get memberId(): number {
    return this.currentMemberId;
  }

  /** Takes another number: the others learn that our subscriptions are new. */
  async bumpGeneration(): Promise<void> {
    const previous = this.currentMemberId;
    const next = randomInt(1, 2 ** 21) * MEMBERS_MAX + this.memberIndex;
    if (next === previous) return;
    await tryLock(this.session, next); // ours alone: nobody else has this seat
    this.currentMemberId = next;
    if (previous > 0) await this.session.query(UNLOCK, [REPLICA_LOCK_CLASS, previous]);
  }

  /** The numbers of all live replicas, in the order of their seats. */
  async members(): Promise<number[]> {
    const rows = await this.session.query<{ memberId: number }>(LIST_MEMBERS, [
      REPLICA_LOCK_CLASS,
      MEMBERS_MAX,
    ]);
    return currentMembers(rows.map(({ memberId }) => memberId));
  }

  /** Waits for `work`. Rejects as soon as the session is lost. */
  waitWithHeartbeat<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.waitWithHeartbeat(work);
  }

  /** Gives the seat up. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Drops the link without a word; whatever waits for an answer fails. */
  destroy(): void {
    this.session.destroy();
  }
}

async function tryLock(session: AdvisoryLockSession, key: number): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(TRY_LOCK, [REPLICA_LOCK_CLASS, key]);
  return row?.locked === true;
}
