import type { ChannelSession } from '../subscribe/channel-session.js';
import { type Delivery, deliveryCount } from '../subscribe/delivery.js';

/** What a batch has of one queue, in the order of arrival. */
export interface QueueSlice {
  readonly session: ChannelSession;
  readonly deliveries: readonly Delivery[];
}

/**
 * Takes the next batch of what has arrived: as evenly from all queues as what they hold allows. `round` counts the
 * batches, so that nobody is always first.
 *
 * A message of a cautious queue may end the process. It goes alone, every other time if there is anything else.
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

/** How many to take of each, at most `most` in all: everybody the same, and what one does not have goes to the others. */
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
 * The one that was returned least often: a process killer, which has been in hand at every death, comes after all that
 * only happened to be prefetched with it. Those that are level go in their order at one death and the other way round
 * at the next, so that of any killer's neighbours each has been before it once.
 */
function pickLeastRedelivered(sessions: readonly ChannelSession[]): ChannelSession {
  const ranked = sessions.map((session, index) => {
    const deliveries = deliveryCount(session.nextDelivery);
    // A life of the process returns what was prefetched twice: by the session that grows suspicious, and by its death.
    const rank = Math.floor(deliveries / 2) % 2 === 0 ? index : -index;
    return { session, returns: deliveries, place: rank };
  });
  ranked.sort((one, other) => one.returns - other.returns || one.place - other.place);
  return (ranked[0] as (typeof ranked)[number]).session;
}
