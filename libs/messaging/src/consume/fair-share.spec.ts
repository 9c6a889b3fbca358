import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ChannelSession, type SessionMode } from '../subscribe/channel-session.js';
import type { Delivery } from '../subscribe/delivery.js';
import { fairShare, takeBatch } from './fair-share.js';

const ready = fc.array(fc.nat(50), { maxLength: 16 });
const max = fc.integer({ min: 1, max: 200 });

describe('the share of each queue', () => {
  test('takes up to the limit, at most the ready deliveries', () => {
    fc.assert(
      fc.property(ready, max, (held, limit) => {
        const shares = fairShare(held, limit);
        shares.forEach((share, index) => expect(share).toBeLessThanOrEqual(held[index]!));
        expect(sum(shares)).toBe(Math.min(sum(held), limit));
      }),
    );
  });

  test('differs by one at most, unless a queue is empty', () => {
    fc.assert(
      fc.property(ready, max, (held, limit) => {
        const shares = fairShare(held, limit);
        const largest = Math.max(0, ...shares);
        shares.forEach((share, index) =>
          expect(share).toBeGreaterThanOrEqual(Math.min(held[index]!, largest - 1)),
        );
      }),
    );
  });
});

test('queues beyond the batch size take turns', () => {
  const sessions = [1, 2, 3].map((queue) => session(String(queue), 'normal', 0, 4));
  const taken = Array.from({ length: 6 }, (_, round) => takeBatch(sessions, 1, round)[0]!.session.queue);
  expect(new Set(taken).size).toBe(3);
});

describe('a suspected poison message', () => {
  test('is taken alone, alternating with other queues', () => {
    const sessions = [
      session('a', 'isolating', 3, 2),
      session('b', 'normal', 0, 4),
      session('c', 'recovered', 0, 4),
    ];
    const batches = [0, 1, 2, 3].map((round) =>
      takeBatch(sessions, 4, round).map(
        ({ session: { queue }, deliveries }) => `${queue}${deliveries.length}`,
      ),
    );
    expect(batches.map((batch) => batch.toSorted())).toEqual([['a1'], ['b2', 'c2'], ['a1'], ['b2', 'c2']]);
  });

  test('comes after messages with fewer returns', () => {
    const sessions = [session('killer', 'isolating', 9, 1), session('innocent', 'isolating', 3, 1)];
    expect(takeBatch(sessions, 4, 0)[0]!.session.queue).toBe('innocent');
    expect(takeBatch(sessions, 4, 1)[0]!.session.queue).toBe('killer');
  });

  // Two returns a life while the process dies of it, and one where the broker does not count the closing of a channel.
  test.each([2, 1])('comes after each tie once, at %i returns per crash', (more) => {
    const queues = ['a', 'b', 'c', 'd'];
    for (const killer of queues) {
      const before = [3, 3 + more, 3 + 2 * more].flatMap((returns) => {
        const sessions = queues.map((queue) => session(queue, 'isolating', returns, 1));
        const taken = queues.map(() => takeBatch(sessions, 4, 0)[0]!.session.queue);
        return taken.slice(0, taken.indexOf(killer));
      });
      expect(new Set(before)).toEqual(new Set(queues.filter((queue) => queue !== killer)));
    }
  });
});

/** A session that holds `count` messages which the broker got back `returns` times. */
function session(queue: string, mode: SessionMode, returns: number, count: number): ChannelSession {
  const made = new ChannelSession(queue, undefined as never, mode);
  for (let n = 0; n < count; n += 1) {
    const fields = { redelivered: returns > 0 };
    const properties = { headers: { 'x-delivery-count': returns } };
    made.add({ queue, fields, properties } as unknown as Delivery);
  }
  return made;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
