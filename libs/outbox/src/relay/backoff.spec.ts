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
    expect(backoff.delayedSubjects()).toEqual([]);
    expect(backoff.allowance('0', 62)).toBe(62);
    expect(backoff.delayMs).toBe(0);
    expect(backoff.reasons).toEqual([]);
  });
});

describe('when a queue of a slot does not store a row', () => {
  const PROBLEM = 'queue rejects events';

  test('only its slot is delayed, doubling up to 30 s', () => {
    let delayMs = 200;
    for (let failures = 0; failures < 12; failures += 1) {
      expect(backoff.onSlotFailed('7', PROBLEM)).toBe(true);
      expect([backoff.allowance('7', 62), backoff.allowance('8', 62)]).toEqual([0, 62]);
      vi.advanceTimersByTime(delayMs - 1);
      expect(backoff.allowance('7', 62)).toBe(0);
      vi.advanceTimersByTime(1);
      expect(backoff.allowance('7', 62)).toBe(1);
      delayMs = Math.min(2 * delayMs, 30_000);
    }
    expect(backoff.delayMs).toBe(0); // the others continue at full speed
  });

  test('several failures during one delay count once', () => {
    expect(backoff.onSlotFailed('7', PROBLEM)).toBe(true);
    expect(backoff.onSlotFailed('7', PROBLEM)).toBe(false);
    expect(backoff.reasons).toEqual(['slot 7: a queue rejects events']);
    vi.advanceTimersByTime(200);
    expect(backoff.allowance('7', 62)).toBe(1);
  });

  test('one row of the slot probes its queues, and the slot is free once it is confirmed', () => {
    backoff.onSlotFailed('7', PROBLEM);
    vi.advanceTimersByTime(200);
    expect(backoff.allowance('7', 62)).toBe(1);
    backoff.onConfirmed([row('x', '7')]);
    expect(backoff.allowance('7', 62)).toBe(62);
    expect(backoff.reasons).toEqual([]);
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
    expect(backoff.delayedSubjects()).toEqual(['a']);
  });

  test('a row at fault is delayed, doubling, and published alone', () => {
    for (const delayMs of [200, 400, 800, 1_600]) {
      backoff.onConfirmed([b]);
      expect(backoff.onChannelClosed([a], true)).toBe(true);
      vi.advanceTimersByTime(delayMs - 1);
      expect(backoff.delayedSubjects()).toEqual(['a']);
      vi.advanceTimersByTime(1);
      expect(backoff.delayedSubjects()).toEqual([]);
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
    expect(backoff.delayedSubjects()).toEqual([]);
    expect(backoff.reasons).toEqual(['the broker rejects every event']);
    backoff.onConfirmed([a]);
    expect(backoff.reasons).toEqual([]);
  });
});
