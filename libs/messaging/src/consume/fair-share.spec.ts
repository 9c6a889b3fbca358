import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ChannelSession } from '../subscribe/channel-session.js';
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
  const sessions = [1, 2, 3].map((queue) => session(String(queue), 4));
  const taken = Array.from({ length: 6 }, (_, round) => takeBatch(sessions, 1, round)[0]!.session.queue);
  expect(new Set(taken).size).toBe(3);
});

/** A session with `count` deliveries. */
function session(queue: string, count: number): ChannelSession {
  const made = new ChannelSession(queue, undefined as never);
  for (let n = 0; n < count; n += 1) made.add({ queue } as Delivery);
  return made;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
