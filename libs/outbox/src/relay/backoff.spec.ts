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

describe('without failures', () => {
  test('all rows are pipelined without delay', () => {
    backoff.onConfirmed([a]);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [a, b, c], isolated: [] });
    expect(backoff.delayed()).toEqual({ subjects: [], slots: [] });
    expect(backoff.delayMs).toBe(0);
    expect(backoff.reason).toBeUndefined();
  });
});

describe('when a queue nacks', () => {
  test('only its slot is delayed, doubling up to 30 s', () => {
    const full = row('full', '7');
    let delayMs = 200;
    for (let nacks = 0; nacks < 12; nacks += 1) {
      expect(backoff.onNacked(full)).toBe(true);
      expect(backoff.delayed()).toEqual({ subjects: [], slots: ['7'] });
      vi.advanceTimersByTime(delayMs - 1);
      expect(backoff.delayed().slots).toEqual(['7']);
      vi.advanceTimersByTime(1);
      expect(backoff.delayed().slots).toEqual([]);
      delayMs = Math.min(2 * delayMs, 30_000);
    }
  });

  test('several nacks of one page count once', () => {
    expect(backoff.onNacked(row('x', '7'))).toBe(true);
    expect(backoff.onNacked(row('y', '7'))).toBe(false);
    expect(backoff.reason).toBe('a queue is full and rejects events');
    vi.advanceTimersByTime(200);
    expect(backoff.delayed().slots).toEqual([]);
  });

  test('one row of the slot probes the queue afterwards', () => {
    const [x, y] = [row('x', '7'), row('y', '7')];
    backoff.onNacked(x);
    vi.advanceTimersByTime(200);
    expect(backoff.split([x, a, y, b])).toEqual({ pipelined: [x, a, b], isolated: [] });
    backoff.onConfirmed([x]);
    expect(backoff.split([x, a, y, b])).toEqual({ pipelined: [x, a, y, b], isolated: [] });
    expect(backoff.delayMs).toBe(0);
  });
});

describe('when the broker closes the channel', () => {
  test('rows in flight are isolated; after a confirm, new rows are pipelined', () => {
    expect(backoff.onChannelClosed([a, b], false)).toBe(false);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [], isolated: [a, b, c] });
    backoff.onConfirmed([a]);
    expect(backoff.split([a, b, c])).toEqual({ pipelined: [a, c], isolated: [b] });
  });

  test('a row is at fault when it fails alone after a confirm', () => {
    backoff.onChannelClosed([a, b], false);
    expect(backoff.onChannelClosed([a], true)).toBe(false); // no confirm: every row may fail
    backoff.onConfirmed([b]);
    expect(backoff.onChannelClosed([a], true)).toBe(true);
    expect(backoff.delayed().subjects).toEqual(['a']);
  });

  test('a row at fault is delayed, doubling, and published alone', () => {
    for (const delayMs of [200, 400, 800, 1_600]) {
      backoff.onConfirmed([b]);
      expect(backoff.onChannelClosed([a], true)).toBe(true);
      vi.advanceTimersByTime(delayMs - 1);
      expect(backoff.delayed().subjects).toEqual(['a']);
      vi.advanceTimersByTime(1);
      expect(backoff.delayed().subjects).toEqual([]);
      backoff.onConfirmed([b]);
      expect(backoff.split([a, b])).toEqual({ pipelined: [b], isolated: [a] });
    }
    backoff.forget(a);
    expect(backoff.split([a, b])).toEqual({ pipelined: [a, b], isolated: [] });
  });

  test('a row with failed attempts is isolated by a new relay', () => {
    const failedBefore = row('d', '0', 2);
    expect(backoff.split([a, failedBefore])).toEqual({ pipelined: [a], isolated: [failedBefore] });
  });

  test('later rows do not overtake a row with failed attempts', () => {
    const [failedBefore, behind] = [row('d', '0', 2), row('d')];
    expect(backoff.split([failedBefore, a, behind])).toEqual({
      pipelined: [a],
      isolated: [failedBefore, behind],
    });
  });

  test('every time, no row is at fault; pauses grow to 1 s', () => {
    backoff.onChannelClosed([a, b, c], false);
    const pauses = [];
    const turns = [];
    for (let n = 0; n < 6; n += 1) {
      const [first] = backoff.split([a, b, c]).isolated;
      turns.push(first!.subject);
      expect(backoff.onChannelClosed([first!], true)).toBe(false);
      pauses.push(backoff.delayMs);
    }
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(pauses).toEqual([200, 400, 800, 1_000, 1_000, 1_000]);
    expect(backoff.delayed().subjects).toEqual([]);
    expect(backoff.reason).toBe('the broker rejects every event');
    backoff.onConfirmed([a]);
    expect(backoff.reason).toBeUndefined();
  });
});
