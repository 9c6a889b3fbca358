import { beforeEach, expect, test } from 'vitest';
import { InFlight, type PublishResult } from './in-flight.js';
import type { PendingRow } from './relay-session.js';

let inFlight: InFlight;
const [a, b, c] = ['a', 'b', 'c'].map((subject) => ({ subject }) as PendingRow) as [
  PendingRow,
  PendingRow,
  PendingRow,
];
const error = new Error('channel closed');

beforeEach(() => {
  inFlight = new InFlight();
});

/** Adds a page; the returned function finishes it. */
function addPage(...rows: readonly PendingRow[]): (result: Partial<PublishResult>) => void {
  let finish!: (result: PublishResult) => void;
  inFlight.add(
    rows,
    new Promise((resolve) => {
      finish = resolve;
    }),
  );
  return (result) => finish({ confirmed: [], failed: [], ...result });
}

/** Whether `promise` resolves in the current turn of the event loop. */
async function hasResolved(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => {
    setImmediate(() => resolve(pending));
  });
  return (await Promise.race([promise, turn])) !== pending;
}

test('a subject is in flight until its page is taken', async () => {
  const finish = addPage(a, b);
  addPage(c);
  finish({ confirmed: [a, b] });
  await inFlight.whenPageFinished();
  expect(inFlight.subjects()).toEqual(['a', 'b', 'c']);
  expect(inFlight.takeFinished()).toEqual({ confirmed: [a, b], failed: [], isIsolated: false });
  expect([inFlight.subjects(), inFlight.rowCount]).toEqual([['c'], 1]);
  expect([inFlight.takeConfirmed(), inFlight.takeConfirmed()]).toEqual([[a, b], []]);
});

test('after a failure, pages are taken once all are finished', async () => {
  const [first, second, third] = [addPage(a), addPage(b), addPage(c)];
  first({ failed: [{ row: a, error }] });
  second({ confirmed: [b] });
  const finished = inFlight.whenPageFinished();
  expect(await hasResolved(finished)).toBe(false);
  expect(inFlight.takeFinished()).toEqual({ confirmed: [], failed: [], isIsolated: false });
  third({ failed: [{ row: c, error }] });
  await finished;
  expect(inFlight.takeFinished()).toEqual({
    confirmed: [b],
    failed: [
      { row: a, error },
      { row: c, error },
    ],
    isIsolated: false,
  });
});

test('a row is isolated when it is alone in flight throughout', async () => {
  addPage(a)({ failed: [{ row: a, error }] });
  await inFlight.whenPageFinished();
  expect(inFlight.takeFinished().isIsolated).toBe(true);

  const finish = addPage(a);
  addPage(b)({ confirmed: [b] });
  finish({ failed: [{ row: a, error }] });
  await inFlight.whenPageFinished();
  expect(inFlight.takeFinished().isIsolated).toBe(false);
});
