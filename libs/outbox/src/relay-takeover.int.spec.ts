import { expect, onTestFinished, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../test/setup/database.js';
import { createGate } from '../../../test/setup/gate.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { openLink } from '../../../test/setup/open-link.js';
import { createEvent, createEvents, toNames, RelayHarness } from '../../../test/setup/relay-harness.js';
import { outboxMigrations } from './migration.js';
import { RelaySession } from './relay/relay-session.js';

const bench = await RelayHarness.prepare();
const elsewhere = await testDatabase();
await openDatabase(elsewhere, outboxMigrations);
const TERMINATE = statement(
  'terminate',
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`,
);
const STANDBY_PIDS = statement(
  'standby_pids',
  `SELECT pid FROM pg_stat_activity WHERE application_name = 'relay two'`,
);

/** A first relay that is at work, and a second one that stands by. */
async function startTwo(options: Parameters<typeof bench.start>[0] = {}) {
  const first = await bench.start({ ...options, applicationName: 'relay one' });
  await bench.add(createEvent('warm-up'));
  await bench.received.waitForCount(1);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  const second = await bench.start({ applicationName: 'relay two' });
  return { first, second };
}

test('of two relays one is at work, and the other takes over when its session is terminated', async () => {
  const { first, second } = await startTwo();
  expect([first.relay.isActive, second.relay.isActive]).toEqual([true, false]);
  const before = createEvents('before', 20);
  await bench.add(...before);
  await bench.received.waitForCount(21);
  expect(bench.publishedNames().slice(1)).toEqual(toNames(before)); // once each: the other did nothing

  // The first may get its lock back before the second asks for it: until that happens, again.
  const secondAfterTermination = async (): Promise<boolean> => {
    if (first.relay.isActive) await bench.database.query(TERMINATE, ['relay one']);
    return second.relay.isActive;
  };
  await expect.poll(secondAfterTermination).toBe(true);
  const after = createEvents('after', 20);
  await bench.add(...after);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  const firstSeen = [...new Set(bench.publishedNames())];
  expect(firstSeen.filter((name) => name.startsWith('after'))).toEqual(toNames(after));
});

test('a relay that stops hands over at once', async () => {
  const { first, second } = await startTwo();
  await first.relay.stop();
  expect(first.relay.isActive).toBe(false);
  await bench.add(createEvent('handed over'));
  await bench.received.waitForCount(2);
  expect(second.relay.isActive).toBe(true);
});

test('a relay that stands by is not woken by what its own replica commits', async () => {
  await startTwo();
  const pids = new Set<number>();
  const began = performance.now();
  for (let n = 0; n < 300; n += 1) {
    for (const relay of bench.relays) relay.wake();
    for (const { pid } of await bench.database.query<{ pid: number }>(STANDBY_PIDS)) pids.add(pid);
  }
  // It comes to ask for the lock once a second, each time in a new session.
  expect(pids.size).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000);
});

test('a silent relay loses its lock within ten seconds, and one that waits for the broker does not', async () => {
  const patient = await RelaySession.open(elsewhere, 'patient');
  const waited = createGate();
  onTestFinished(() => patient!.close());
  const waiting = patient!.waitWithHeartbeat(waited.opened);

  const { link, url } = await openLink(bench.databaseUrl);
  const { first, second } = await startTwo({ databaseUrl: url });
  link.blackHole();
  await bench.add(...createEvents('taken over', 5));
  const began = performance.now();
  await expect.poll(() => second.relay.isActive, { timeout: 20_000, interval: 100 }).toBe(true);
  expect(performance.now() - began).toBeLessThan(12_000);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  expect(bench.publishedNames()).toEqual(['warm-up 1', ...toNames(createEvents('taken over', 5))]);
  await link.restore();
  await expect.poll(() => first.relay.isActive).toBe(false);

  waited.open();
  await waiting; // it would have been rejected, had the session been lost
});
