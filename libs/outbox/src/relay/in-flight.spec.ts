import { beforeEach, expect, test } from 'vitest';
import { InFlight, type PublishResult } from './in-flight.js';
import type { PendingRow } from './relay-session.js';

let inFlight: InFlight;
const [a, b, c] = ['a', 'b', 'c'].map((subject) => ({ subject }) as PendingRow) as [
  PendingRow,
  PendingRow,
  PendingRow,
];
const error = new Error('the channel is gone');

beforeEach(() => {
  inFlight = new InFlight();
});

/** Adds a page; the function it returns ends it. */
function page(...rows: readonly PendingRow[]): (sent: Partial<PublishResult>) => void {
  let finish!: (sent: PublishResult) => void;
  inFlight.add(
    rows,
    new Promise((resolve) => {
      finish = resolve;
    }),
  );
  return (sent) => finish({ confirmed: [], failed: [], ...sent });
}

/** Whether it has come about by now, all that has happened being told. */
async function hasResolved(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => {
    setImmediate(() => resolve(pending));
  });
  return (await Promise.race([promise, turn])) !== pending;
}

test('a subject is in flight until what became of its page is taken', async () => {
  const finish = page(a, b);
  page(c);
  finish({ confirmed: [a, b] });
  await inFlight.whenPageFinished();
  expect(inFlight.subjects()).toEqual(['a', 'b', 'c']);
  expect(inFlight.takeFinished()).toEqual({ confirmed: [a, b], failed: [], isIsolated: false });
  expect([inFlight.subjects(), inFlight.rowCount]).toEqual([['c'], 1]);
});

test('one mistake fails everything on the channel, and is told of once: when all pages are finished', async () => {
  const [first, second, third] = [page(a), page(b), page(c)];
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

test('a row was alone when nothing else was in flight from its beginning to its end', async () => {
  page(a)({ failed: [{ row: a, error }] });
  await inFlight.whenPageFinished();
  expect(inFlight.takeFinished().isIsolated).toBe(true);

  const finish = page(a);
  page(b)({ confirmed: [b] });
  finish({ failed: [{ row: a, error }] });
  await inFlight.whenPageFinished();
  expect(inFlight.takeFinished().isIsolated).toBe(false);
});
