import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Holds } from './backoff.js';
import type { PendingRow } from './relay-session.js';

let holds: Holds;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  holds = new Holds();
});
afterEach(() => void vi.useRealTimers());

function row(subject: string, slot = '0', attempts = 0): PendingRow {
  return { subject, slot, attempts } as PendingRow;
}

const [a, b, c] = [row('a'), row('b'), row('c')];

describe('while nothing is wrong', () => {
  test('everything goes together and nothing waits', () => {
    holds.confirmed([a]);
    expect(holds.divide([a, b, c])).toEqual({ together: [a, b, c], alone: [] });
    expect(holds.waiting()).toEqual({ subjects: [], slots: [] });
    expect(holds.pauseMs).toBe(0);
    expect(holds.trouble).toBeUndefined();
  });
});

describe('when a queue refuses', () => {
  test('the whole slot waits, longer each time, up to 30 s, and others do not', () => {
    const full = row('full', '7');
    let waitedMs = 200;
    for (let refusals = 0; refusals < 12; refusals += 1) {
      expect(holds.refused(full)).toBe(true);
      expect(holds.waiting()).toEqual({ subjects: [], slots: ['7'] });
      vi.advanceTimersByTime(waitedMs - 1);
      expect(holds.waiting().slots).toEqual(['7']);
      vi.advanceTimersByTime(1);
      expect(holds.waiting().slots).toEqual([]);
      waitedMs = Math.min(2 * waitedMs, 30_000);
    }
  });

  test('several refusals of one batch are one', () => {
    expect(holds.refused(row('x', '7'))).toBe(true);
    expect(holds.refused(row('y', '7'))).toBe(false);
    expect(holds.trouble).toBe('a queue refuses events: it is full');
    vi.advanceTimersByTime(200);
    expect(holds.waiting().slots).toEqual([]);
  });

  test('then one row of the slot is tried, among all others', () => {
    const [x, y] = [row('x', '7'), row('y', '7')];
    holds.refused(x);
    vi.advanceTimersByTime(200);
    expect(holds.divide([x, a, y, b])).toEqual({ together: [x, a, b], alone: [] });
    holds.confirmed([x]);
    expect(holds.divide([x, a, y, b])).toEqual({ together: [x, a, y, b], alone: [] });
    expect(holds.pauseMs).toBe(0);
  });
});

describe('when the broker closes the channel', () => {
  test('the rows that were in flight go one at a time; later ones together again once anything got through', () => {
    expect(holds.complained([a, b], false)).toBe(false);
    expect(holds.divide([a, b, c])).toEqual({ together: [], alone: [a, b, c] });
    holds.confirmed([a]);
    expect(holds.divide([a, b, c])).toEqual({ together: [a, c], alone: [b] });
  });

  test('a row is guilty when it fails alone after another got through', () => {
    holds.complained([a, b], false);
    expect(holds.complained([a], true)).toBe(false); // perhaps everything fails
    holds.confirmed([b]);
    expect(holds.complained([a], true)).toBe(true);
    expect(holds.waiting().subjects).toEqual(['a']);
  });

  test('a guilty row waits longer each time, and then goes alone', () => {
    for (const waitedMs of [200, 400, 800, 1_600]) {
      holds.confirmed([b]);
      expect(holds.complained([a], true)).toBe(true);
      vi.advanceTimersByTime(waitedMs - 1);
      expect(holds.waiting().subjects).toEqual(['a']);
      vi.advanceTimersByTime(1);
      expect(holds.waiting().subjects).toEqual([]);
      holds.confirmed([b]);
      expect(holds.divide([a, b])).toEqual({ together: [b], alone: [a] });
    }
    holds.forget(a);
    expect(holds.divide([a, b])).toEqual({ together: [a, b], alone: [] });
  });

  test('a row that has failed before goes alone, also for a relay that has just begun', () => {
    const failedBefore = row('d', '0', 2);
    expect(holds.divide([a, failedBefore])).toEqual({ together: [a], alone: [failedBefore] });
  });

  test('what stands behind a row that has failed before does not overtake it', () => {
    const [failedBefore, behind] = [row('d', '0', 2), row('d')];
    expect(holds.divide([failedBefore, a, behind])).toEqual({ together: [a], alone: [failedBefore, behind] });
  });

  test('of everything, nobody is guilty, each has its turn, and the pauses grow to a second', () => {
    holds.complained([a, b, c], false);
    const pauses = [];
    const turns = [];
    for (let n = 0; n < 6; n += 1) {
      const [first] = holds.divide([a, b, c]).alone;
      turns.push(first!.subject);
      expect(holds.complained([first!], true)).toBe(false);
      pauses.push(holds.pauseMs);
    }
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(pauses).toEqual([200, 400, 800, 1_000, 1_000, 1_000]);
    expect(holds.waiting().subjects).toEqual([]);
    expect(holds.trouble).toBe('the broker takes none of our events');
    holds.confirmed([a]);
    expect(holds.trouble).toBeUndefined();
  });
});
