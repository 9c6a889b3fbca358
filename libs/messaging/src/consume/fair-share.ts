import type { ChannelSession } from '../subscribe/channel-session.js';
import { type Delivery, deliveryCount } from '../subscribe/delivery.js';

/** The part of a batch that comes from one queue, in the order of arrival. */
export interface QueueSlice {
  readonly session: ChannelSession;
  readonly deliveries: readonly Delivery[];
}

/**
 * Takes the next batch of up to `max` deliveries, in fair shares of all sessions. `round`, the number of the batch,
 * rotates the sessions, so none is always first.
 *
 * A message of an isolating session may end the process, so it is taken alone; in every second round if other sessions
 * have deliveries.
 */
export function takeBatch(sessions: readonly ChannelSession[], max: number, round: number): QueueSlice[] {
  const ready = sessions.filter((session) => session.readyCount > 0);
  const isolating = ready.filter((session) => session.mode === 'isolating');
  const others = ready.filter((session) => session.mode !== 'isolating');
  if (isolating.length > 0 && (others.length === 0 || round % 2 === 0)) {
    const session = pickLeastRedelivered(isolating);
    return [{ session, deliveries: session.take(1) }];
  }
  const first = Math.floor(round / 2) % Math.max(others.length, 1);
  const rotated = [...others.slice(first), ...others.slice(0, first)];
  const sizes = fairShare(
    rotated.map((session) => session.readyCount),
    max,
  );
  return rotated.flatMap((session, index) => {
    const size = sizes[index] ?? 0;
    return size > 0 ? [{ session, deliveries: session.take(size) }] : [];
  });
}

/** Divides `max` evenly over queues with `ready` deliveries each (max-min fairness): unused shares go to fuller queues. */
export function fairShare(ready: readonly number[], max: number): number[] {
  const shares = ready.map(() => 0);
  const remaining = (index: number): number => (ready[index] ?? 0) - (shares[index] ?? 0);
  let capacity = max;
  let open = [...ready.keys()].filter((index) => remaining(index) > 0);
  while (capacity > 0 && open.length > 0) {
    const each = Math.max(1, Math.floor(capacity / open.length));
    for (const index of open) {
      const more = Math.min(each, remaining(index), capacity);
      shares[index] = (shares[index] ?? 0) + more;
      capacity -= more;
    }
    open = open.filter((index) => remaining(index) > 0);
  }
  return shares;
}

/**
 * The session with the least returned message. A poison message is in progress at every crash, so it has more returns
 * than messages that were only prefetched with it. Ties are ordered by queue after one crash and in reverse after the
 * next, so each message that ties with the poison message comes before it once.
 */
function pickLeastRedelivered(sessions: readonly ChannelSession[]): ChannelSession {
  const ranked = sessions.map((session, index) => {
    const deliveries = deliveryCount(session.nextDelivery);
    // Each run of the process returns a prefetched message twice: at the switch to isolating, and at the crash.
    const tieRank = Math.floor(deliveries / 2) % 2 === 0 ? index : -index;
    return { session, returns: deliveries, tieRank };
  });
  ranked.sort((one, other) => one.returns - other.returns || one.tieRank - other.tieRank);
  return (ranked[0] as (typeof ranked)[number]).session;
}
