import type { ConsumerSession } from '../subscribe/channel-session.js';
import { type Delivery, returnsOf } from '../subscribe/delivery.js';

/** What a batch has of one queue, in the order of arrival. */
export interface Share {
  readonly session: ConsumerSession;
  readonly deliveries: readonly Delivery[];
}

/**
 * Takes the next batch of what has arrived: as evenly from all queues as what they hold allows. `round` counts the
 * batches, so that nobody is always first.
 *
 * A message of a cautious queue may end the process. It goes alone, every other time if there is anything else.
 */
export function gather(sessions: readonly ConsumerSession[], most: number, round: number): Share[] {
  const waiting = sessions.filter((session) => session.waiting > 0);
  const cautious = waiting.filter((session) => session.mode === 'cautious');
  const others = waiting.filter((session) => session.mode !== 'cautious');
  if (cautious.length > 0 && (others.length === 0 || round % 2 === 0)) {
    const session = leastSuspect(cautious);
    return [{ session, deliveries: session.take(1) }];
  }
  const first = Math.floor(round / 2) % Math.max(others.length, 1);
  const inTurn = [...others.slice(first), ...others.slice(0, first)];
  const shares = evenly(
    inTurn.map((session) => session.waiting),
    most,
  );
  return inTurn.flatMap((session, index) => {
    const share = shares[index] ?? 0;
    return share > 0 ? [{ session, deliveries: session.take(share) }] : [];
  });
}

/** How many to take of each, at most `most` in all: everybody the same, and what one does not have goes to the others. */
export function evenly(waiting: readonly number[], most: number): number[] {
  const shares = waiting.map(() => 0);
  const left = (index: number): number => (waiting[index] ?? 0) - (shares[index] ?? 0);
  let room = most;
  let open = [...waiting.keys()].filter((index) => left(index) > 0);
  while (room > 0 && open.length > 0) {
    const each = Math.max(1, Math.floor(room / open.length));
    for (const index of open) {
      const more = Math.min(each, left(index), room);
      shares[index] = (shares[index] ?? 0) + more;
      room -= more;
    }
    open = open.filter((index) => left(index) > 0);
  }
  return shares;
}

/**
 * The one that was returned least often: a process killer, which has been in hand at every death, comes after all that
 * only happened to be prefetched with it. Those that are level go in their order at one death and the other way round
 * at the next, so that of any killer's neighbours each has been before it once.
 */
function leastSuspect(sessions: readonly ConsumerSession[]): ConsumerSession {
  const ranked = sessions.map((session, index) => {
    const returns = returnsOf(session.next);
    // A life of the process returns what was prefetched twice: by the session that grows suspicious, and by its death.
    const place = Math.floor(returns / 2) % 2 === 0 ? index : -index;
    return { session, returns, place };
  });
  ranked.sort((one, other) => one.returns - other.returns || one.place - other.place);
  return (ranked[0] as (typeof ranked)[number]).session;
}
