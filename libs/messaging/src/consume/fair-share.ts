import type { ChannelSession } from '../subscribe/channel-session.js';
import type { Delivery } from '../subscribe/delivery.js';

/** The part of a batch that comes from one queue, in the order of arrival. */
export interface QueueSlice {
  readonly session: ChannelSession;
  readonly deliveries: readonly Delivery[];
}

/**
 * Takes the next batch of up to `max` deliveries, in fair shares of all sessions. `round`, the number of the batch,
 * rotates the sessions, so none is always first.
 */
export function takeBatch(sessions: readonly ChannelSession[], max: number, round: number): QueueSlice[] {
  const ready = sessions.filter((session) => session.readyCount > 0);
  const first = round % Math.max(ready.length, 1);
  const rotated = [...ready.slice(first), ...ready.slice(0, first)];
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
