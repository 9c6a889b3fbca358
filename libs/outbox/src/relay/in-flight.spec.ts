import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ConfirmTimeoutError, UnpublishableError } from '#messaging';
import { createGate } from '../../../test-support/gate.js';
import { InFlight } from './in-flight.js';
import type { PendingRow } from './relay-session.js';

let inFlight: InFlight;
let freed = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  freed = 0;
  inFlight = new InFlight(() => {
    freed += 1;
  });
});
afterEach(() => void vi.useRealTimers());

function row(subject: string, slot: string): PendingRow {
  return { subject, slot, routingKey: `order.placed.${slot}` } as PendingRow;
}

/** Adds rows of one slot; the returned functions report an outcome, and that no more follow. */
function add(...rows: readonly PendingRow[]) {
  const { opened, open } = createGate();
  let report!: (row: PendingRow, error?: Error) => void;
  const finished = inFlight.add(rows, (onOutcome) => {
    const sentAtMs = performance.now();
    report = (each, error) => onOutcome(each, error, sentAtMs);
    return opened;
  });
  const finish = async (): Promise<void> => {
    open();
    await finished;
  };
  return { report, finish };
}

/** Whether `promise` resolves without any time passing. */
async function hasResolved(promise: Promise<unknown>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await new Promise((resolve) => void setImmediate(resolve));
  return resolved;
}

const [a1, a2, b1] = [row('a1', 'a'), row('a2', 'a'), row('b1', 'b')];

test('a confirmed row is marked although its slot is still in flight', async () => {
  const { report, finish } = add(a1, a2);
  report(a1);
  expect(inFlight.takeOutcomes()).toEqual({ confirmed: [a1], failed: [] });
  expect([inFlight.takeConfirmed(), inFlight.takeConfirmed()]).toEqual([[a1], []]);
  expect([inFlight.has('a'), inFlight.rowCount]).toEqual([true, 1]);
  report(a2);
  await finish();
  // Its outcomes are not taken: a read would leave it out, and must not count as complete.
  expect([inFlight.has('a'), inFlight.rowCount, inFlight.holdsSlots]).toEqual([true, 0, true]);
  inFlight.takeOutcomes();
  expect([inFlight.has('a'), inFlight.holdsSlots, inFlight.isEmpty]).toEqual([false, false, true]);
});

test('rows that were not sent are no longer in flight once the slot ends', async () => {
  const { report, finish } = add(a1, a2);
  const error = new ConfirmTimeoutError('no confirm');
  report(a1, error);
  await finish();
  expect(inFlight.takeOutcomes()).toEqual({ confirmed: [], failed: [{ row: a1, error, isSuspect: true }] });
  expect([inFlight.has('a'), inFlight.rowCount]).toEqual([false, 0]);
});

test('the relay waits for prompt slots, and 100 ms for one that does not confirm', async () => {
  const suspended = add(a1);
  const other = add(b1);
  const waiting = inFlight.whenPromptSlots(0);
  other.report(b1);
  await other.finish();
  vi.advanceTimersByTime(100);
  expect(await hasResolved(waiting)).toBe(false);
  vi.advanceTimersByTime(2);
  await waiting;
  expect([inFlight.promptSlotCount, inFlight.rowCount]).toEqual([0, 1]);
  vi.advanceTimersByTime(15_000);
  expect(inFlight.unconfirmedFor(10_000)).toEqual([{ row: a1, waitedMs: expect.any(Number) as number }]);
  suspended.report(a1);
  await suspended.finish();
  expect(freed).toBe(1);
});

test('a slot that was slow is not waited for until it confirms promptly', async () => {
  const slow = add(a1);
  vi.advanceTimersByTime(5_000);
  slow.report(a1);
  await slow.finish();
  const again = add(a1);
  expect(inFlight.promptSlotCount).toBe(0);
  again.report(a1);
  await again.finish();
  add(a1);
  expect(inFlight.promptSlotCount).toBe(1);
});

test('a failure ends the wait, an unpublishable row does not', async () => {
  const { report } = add(a1, a2);
  const waiting = inFlight.whenPromptSlots(0);
  report(a1, new UnpublishableError('too large'));
  expect(await hasResolved(waiting)).toBe(false);
  report(a2, new ConfirmTimeoutError('no confirm'));
  await waiting;
});

test('a row is no suspect when a row that was sent later is confirmed', async () => {
  const suspended = add(a1);
  vi.advanceTimersByTime(1);
  const other = add(b1);
  const accepted = inFlight.whenAccepted(2_000);
  vi.advanceTimersByTime(50);
  other.report(b1);
  await other.finish();
  expect(await hasResolved(accepted)).toBe(false); // `a` may send its next row
  vi.advanceTimersByTime(100);
  await accepted; // the broker keeps the order of publications
  const culprit = add(row('c1', 'c'));
  const closed = new Error('channel closed');
  suspended.report(a1, closed);
  culprit.report(row('c1', 'c'), closed);
  const { failed } = inFlight.takeOutcomes();
  expect(failed.map((each) => [each.row.subject, each.isSuspect])).toEqual([
    ['a1', false],
    ['c1', true],
  ]);
});

test('a row that stays alone in flight is waited for, at most the given time', async () => {
  add(a1);
  const accepted = inFlight.whenAccepted(2_000);
  for (let passedMs = 0; passedMs < 1_900; passedMs += 100) {
    vi.advanceTimersByTime(100);
    expect(await hasResolved(accepted)).toBe(false);
  }
  vi.advanceTimersByTime(100);
  await accepted;
});
