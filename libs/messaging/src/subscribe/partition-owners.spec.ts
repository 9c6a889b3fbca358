import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { currentMembers, assignPartitions, MEMBERS_MAX } from './partition-owners.js';

const members = fc
  .uniqueArray(fc.nat(40), { minLength: 1, maxLength: 20 })
  .map((indexes) => currentMembers(indexes.map(memberId)));
const queues = fc.integer({ min: 1, max: 32 });

function memberId(index: number): number {
  return 3 * MEMBERS_MAX + index;
}

describe('the assignment', () => {
  test('gives each partition one owner, a member', () => {
    fc.assert(
      fc.property(members, queues, (numbers, count) => {
        const owners = assignPartitions(numbers, count);
        expect(owners).toHaveLength(count);
        for (const owner of owners) expect(numbers).toContain(owner);
      }),
    );
  });

  test('differs by one partition at most between members', () => {
    fc.assert(
      fc.property(members, queues, (numbers, count) => {
        const owners = assignPartitions(numbers, count);
        const shares = numbers.map((number) => owners.filter((owner) => owner === number).length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('does not depend on the order of the ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(3 * MEMBERS_MAX), { minLength: 1 }), queues, (numbers, count) => {
        const one = assignPartitions(currentMembers(numbers), count);
        expect(assignPartitions(currentMembers(numbers.toReversed()), count)).toEqual(one);
      }),
    );
  });

  test('does not change when a member changes its generation', () => {
    fc.assert(
      fc.property(members, queues, fc.nat(), (numbers, count, choice) => {
        const old = numbers[choice % numbers.length]!;
        const renewed = old + 5 * MEMBERS_MAX;
        const before = assignPartitions(numbers, count);
        const after = assignPartitions(
          currentMembers(numbers.map((number) => (number === old ? renewed : number))),
          count,
        );
        expect(after).toEqual(before.map((owner) => (owner === old ? renewed : owner)));
      }),
    );
  });
});

test('without members every partition has no owner', () => {
  expect(assignPartitions([], 2)).toEqual([undefined, undefined]);
});
