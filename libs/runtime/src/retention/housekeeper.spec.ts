import { afterEach, expect, test } from 'vitest';

import { createLogger } from '#observability';
import { gate } from '../../../../test/setup/gate.js';
import { type Chore, type Clock, Housekeeper, type HousekeeperOptions } from './housekeeper.js';

const log = createLogger({ service: 'spec', level: 'silent' });
let housekeeper: Housekeeper | undefined;

afterEach(() => housekeeper?.onModuleDestroy());

function start(options: Partial<HousekeeperOptions>): void {
  housekeeper = new Housekeeper({
    chores: [],
    isOnDuty: () => true,
    log,
    everyMs: 0,
    busyShare: 0.99,
    ...options,
  });
  housekeeper.onApplicationBootstrap();
}

/** A chore of three pages, which tells when its sweeps have ended. */
function choreOf(table: string, pages: string[], swept: () => void): Chore {
  return {
    table,
    async *sweep() {
      for (const page of [1, 2, 3]) {
        pages.push(`${table} ${page}`);
        yield 500;
      }
      swept();
    },
  };
}

test('tables are swept one after the other, to the end, round after round', async () => {
  const pages: string[] = [];
  const [first, second] = [gate(), gate()];
  let rounds = 0;
  const end = (): void => {
    rounds += 1;
    if (rounds === 1) first.open();
    else second.open();
  };
  start({ chores: [choreOf('inbox', pages, () => {}), choreOf('outbox', pages, end)] });
  await first.opened;
  expect(pages).toEqual(['inbox 1', 'inbox 2', 'inbox 3', 'outbox 1', 'outbox 2', 'outbox 3']);
  await second.opened;
});

test('a replica that is off duty deletes nothing, and one that loses its duty deletes no further page', async () => {
  const pages: string[] = [];
  const asked = gate();
  let isOnDuty = true;
  let askedOffDuty = 0;
  start({
    chores: [choreOf('inbox', pages, () => {})],
    isOnDuty: () => {
      if (pages.length === 2) isOnDuty = false;
      if (!isOnDuty && ++askedOffDuty === 3) asked.open();
      return isOnDuty;
    },
  });
  await asked.opened;
  expect(pages).toEqual(['inbox 1', 'inbox 2']);
});

test('a table that cannot be pruned keeps no other from it, and is tried again', async () => {
  const pages: string[] = [];
  const twice = gate();
  let failures = 0;
  const failing: Chore = {
    table: 'inbox',
    // oxlint-disable-next-line require-yield -- it fails before its first page
    async *sweep() {
      failures += 1;
      if (failures === 2) twice.open();
      throw new Error('no such table');
    },
  };
  start({ chores: [failing, choreOf('outbox', pages, () => {})] });
  await twice.opened;
  expect(pages).toEqual(['outbox 1', 'outbox 2', 'outbox 3']);
});

test('after a page it rests so long that no more than its share of the time is work', async () => {
  const done = gate();
  let now = 0;
  const rests: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => {
      rests.push(ms);
      return Promise.resolve();
    },
  };
  const chore: Chore = {
    table: 'inbox',
    async *sweep() {
      for (const tookMs of [40, 400, 0]) {
        now += tookMs;
        yield 500;
      }
      done.open();
      await gate().opened; // for ever: one round is enough
    },
  };
  start({ chores: [chore], everyMs: 60_000, busyShare: 0.25, clock });
  await done.opened;
  expect(rests).toEqual([60_000, 120, 1_200, 10]);
  housekeeper = undefined;
});

test('stopping waits for the page in hand and begins no other', async () => {
  const [begun, mayEnd] = [gate(), gate()];
  let pages = 0;
  const slow: Chore = {
    table: 'inbox',
    async *sweep() {
      for (;;) {
        pages += 1;
        begun.open();
        await mayEnd.opened;
        yield 500;
      }
    },
  };
  start({ chores: [slow] });
  await begun.opened;
  let isStopped = false;
  const stopped = housekeeper?.onModuleDestroy().then(() => (isStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  mayEnd.open();
  await stopped;
  expect(pages).toBe(1);
});
