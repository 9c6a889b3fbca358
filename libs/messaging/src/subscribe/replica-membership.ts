import { randomInt } from 'node:crypto';
import { LockSession, statement } from '#database';
import { membersOf, SEATS } from './partition-owners.js';

// Any number will do: it only has to be the same in every replica, and each service has a database of its own.
const REPLICAS = 7_240_103;

const TAKE = statement('take_replica_number', 'SELECT pg_try_advisory_lock($1, $2) AS taken');
const RETURN = statement('return_replica_number', 'SELECT pg_advisory_unlock($1, $2)');
const NUMBERS = statement(
  'replica_numbers',
  `SELECT objid::bigint::int AS number
   FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objsubid = 2 AND objid >= $2::oid
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
);

/**
 * A replica's place among the live replicas of its service: two advisory locks, the lowest free seat, which is what it
 * is called by, and a number of that seat, which says since when it has been subscribed to its queues. Both go when
 * the session does, so whoever is dead has no seat.
 */
export class ReplicaSeat {
  private constructor(
    private readonly session: LockSession,
    private readonly seat: number,
    private current = 0,
  ) {}

  static async take(databaseUrl: string, applicationName: string): Promise<ReplicaSeat> {
    const session = await LockSession.open(databaseUrl, applicationName);
    try {
      let seat = 0;
      while (!(await tryLock(session, seat))) seat += 1;
      const taken = new ReplicaSeat(session, seat);
      await taken.renew();
      return taken;
    } catch (error) {
      session.abandon();
      throw error;
    }
  }

  /** Under which the others know us. */
  get number(): number {
    return this.current;
  }

  /** Takes another number: the others learn that our subscriptions are new. */
  async renew(): Promise<void> {
    const former = this.current;
    const next = randomInt(1, 2 ** 21) * SEATS + this.seat;
    if (next === former) return;
    await tryLock(this.session, next); // ours alone: nobody else has this seat
    this.current = next;
    if (former > 0) await this.session.query(RETURN, [REPLICAS, former]);
  }

  /** The numbers of all live replicas, in the order of their seats. */
  async members(): Promise<number[]> {
    const rows = await this.session.query<{ number: number }>(NUMBERS, [REPLICAS, SEATS]);
    return membersOf(rows.map(({ number }) => number));
  }

  /** Waits for `work`. Rejects as soon as the session is lost. */
  during<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.during(work);
  }

  /** Gives the seat up. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Drops the link without a word; whatever waits for an answer fails. */
  abandon(): void {
    this.session.abandon();
  }
}

async function tryLock(session: LockSession, number: number): Promise<boolean> {
  const [row] = await session.query<{ taken: boolean }>(TAKE, [REPLICAS, number]);
  return row?.taken === true;
}
