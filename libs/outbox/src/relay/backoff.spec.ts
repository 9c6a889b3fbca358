import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { PublishBackoff } from './backoff.js';
import type { PendingRow } from './relay-session.js';

let backoff: PublishBackoff;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  backoff = new PublishBackoff();
});
afterEach(() => void vi.useRealTimers());

function row(subject: string, slot = '0', attempts = 0): PendingRow {
  return { subject, slot, attempts } as PendingRow;
}

const [a, b, c] = [row('a'), row('b'), row('c')];

describe('while nothing is wrong', () => {
  test('everything goes together and nothing waits', () => {
    backoff.confirmed([a]);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [a, b, c], isolated: [] });
    expect(backoff.delayed()).toEqual({ subjects: [], slots: [] });
    expect(backoff.delayMs).toBe(0);
    expect(backoff.reason).toBeUndefined();
  });
});

describe('when a queue refuses', () => {
  test('the whole slot waits, longer each time, up to 30 s, and others do not', () => {
    const full = row('full', '7');
    let waitedMs = 200;
    for (let refusals = 0; refusals < 12; refusals += 1) {
      expect(backoff.nacked(full)).toBe(true);
      expect(backoff.delayed()).toEqual({ subjects: [], slots: ['7'] });
      vi.advanceTimersByTime(waitedMs - 1);
      expect(backoff.delayed().slots).toEqual(['7']);
      vi.advanceTimersByTime(1);
      expect(backoff.delayed().slots).toEqual([]);
      waitedMs = Math.min(2 * waitedMs, 30_000);
    }
  });

  test('several refusals of one batch are one', () => {
    expect(backoff.nacked(row('x', '7'))).toBe(true);
    expect(backoff.nacked(row('y', '7'))).toBe(false);
    expect(backoff.reason).toBe('a queue is full and rejects events');
    vi.advanceTimersByTime(200);
    expect(backoff.delayed().slots).toEqual([]);
  });

  test('then one row of the slot is tried, among all others', () => {
    const [x, y] = [row('x', '7'), row('y', '7')];
    backoff.nacked(x);
    vi.advanceTimersByTime(200);
    expect(backoff.split([x, a, y, b])).toEqual({ pipelined: [x, a, b], isolated: [] });
    backoff.confirmed([x]);
    expect(backoff.split([x, a, y, b])).toEqual({ pipelined: [x, a, y, b], isolated: [] });
    expect(backoff.delayMs).toBe(0);
  });
});

describe('when the broker closes the channel', () => {
  test('the rows that were in flight go one at a time; later ones together again once anything got through', () => {
    expect(backoff.channelClosed([a, b], false)).toBe(false);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [], isolated: [a, b, c] });
    backoff.confirmed([a]);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [a, c], isolated: [b] });
  });

  test('a row is guilty when it fails alone after another got through', () => {
    backoff.channelClosed([a, b], false);
    expect(backoff.channelClosed([a], true)).toBe(false); // perhaps everything fails
    backoff.confirmed([b]);
    expect(backoff.channelClosed([a], true)).toBe(true);
    expect(backoff.delayed().subjects).toEqual(['a']);
  });

  test('a guilty row waits longer each time, and then goes alone', () => {
    for (const waitedMs of [200, 400, 800, 1_600]) {
      backoff.confirmed([b]);
      expect(backoff.channelClosed([a], true)).toBe(true);
      vi.advanceTimersByTime(waitedMs - 1);
      expect(backoff.delayed().subjects).toEqual(['a']);
      vi.advanceTimersByTime(1);
      expect(backoff.delayed().subjects).toEqual([]);
      backoff.confirmed([b]);
      expect(backoff.split([a, b])).toEqual({ pipelined: [b], isolated: [a] });
    }
    backoff.forget(a);
    expect(backoff.split([a, b])).toEqual({ pipelined: [a, b], isolated: [] });
  });

  test('a row that has failed before goes alone, also for a relay that has just begun', () => {
    const failedBefore = row('d', '0', 2);
    expect(backoff.split([a, failedBefore])).toEqual({ pipelined: [a], isolated: [failedBefore] });
  });

  test('what stands behind a row that has failed before does not overtake it', () => {
    const [failedBefore, behind] = [row('d', '0', 2), row('d')];
    expect(backoff.split([failedBefore, a, behind])).toEqual({
      pipelined: [a],
      isolated: [failedBefore, behind],
    });
  });

  test('of everything, nobody is guilty, each has its turn, and the pauses grow to a second', () => {
    backoff.channelClosed([a, b, c], false);
    const pauses = [];
    const turns = [];
    for (let n = 0; n < 6; n += 1) {
      const [first] = backoff.split([a, b, c]).isolated;
      turns.push(first!.subject);
      expect(backoff.channelClosed([first!], true)).toBe(false);
      pauses.push(backoff.delayMs);
    }
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(pauses).toEqual([200, 400, 800, 1_000, 1_000, 1_000]);
    expect(backoff.delayed().subjects).toEqual([]);
    expect(backoff.reason).toBe('the broker rejects every event');
    backoff.confirmed([a]);
    expect(backoff.reason).toBeUndefined();
  });
});
