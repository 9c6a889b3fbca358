import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { PositionFloors } from './position-floors.js';
import type { PendingRow } from './relay-session.js';

let floors: PositionFloors;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  floors = new PositionFloors();
});
afterEach(() => void vi.useRealTimers());

/** Reads rows of these positions in slot 0 or in `slot`. */
function read(positions: readonly number[], slot = '0'): void {
  floors.onRead(
    ['0', '1'],
    positions.map((position) => ({ position: String(position), slot }) as PendingRow),
  );
}

test('the floor follows the first pending row after 5 s', () => {
  read([10, 11]);
  vi.advanceTimersByTime(4_999);
  read([500]);
  expect(floors.floor('0')).toBe('0');
  vi.advanceTimersByTime(1);
  read([600]);
  expect(floors.floor('0')).toBe('9');
  vi.advanceTimersByTime(5_000);
  read([700]);
  expect(floors.floor('0')).toBe('599');
});

test('a slot without pending rows follows the rows of the others', () => {
  for (const position of [10, 20, 30, 40]) {
    read([position]);
    vi.advanceTimersByTime(5_000);
  }
  expect(Number(floors.floor('1'))).toBeGreaterThanOrEqual(10);
  expect(Number(floors.floor('1'))).toBeLessThan(40);
});

test('a row that commits late holds the floor back', () => {
  read([100]);
  vi.advanceTimersByTime(3_000);
  read([50]); // its transaction began before
  vi.advanceTimersByTime(3_000);
  read([200]);
  expect(floors.floor('0')).toBe('49');
});

test('the floor falls back to a row that is released below it', () => {
  for (const position of [10, 20, 30]) {
    read([position]);
    vi.advanceTimersByTime(5_000);
  }
  expect(Number(floors.floor('0'))).toBeGreaterThan(5);
  read([5]);
  expect(floors.floor('0')).toBe('4');
});

test('a full read is due at first, every 5 s, and for a fiftieth of the time', () => {
  expect(floors.isFullReadDue).toBe(true);
  floors.onFullRead(2);
  expect(floors.isFullReadDue).toBe(false);
  vi.advanceTimersByTime(5_000);
  expect(floors.isFullReadDue).toBe(true);
  floors.onFullRead(1_000);
  vi.advanceTimersByTime(49_000);
  expect(floors.isFullReadDue).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(floors.isFullReadDue).toBe(true);
});
