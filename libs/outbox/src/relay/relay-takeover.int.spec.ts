import { expect, onTestFinished, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../test-support/database.js';
import { createGate } from '../../../test-support/gate.js';
import { testDatabase } from '../../../test-support/servers.js';
import { openLink } from '../../../test-support/open-link.js';
import { createEvent, createEvents, toNames, RelayHarness } from '../../../test-support/relay-harness.js';
import { outboxMigrations } from '../migration.js';
import { RelaySession } from './relay-session.js';

const harness = await RelayHarness.prepare();
const otherDatabaseUrl = await testDatabase();
await openDatabase(otherDatabaseUrl, outboxMigrations);
const TERMINATE = statement(
  'terminate',
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`,
);
const STANDBY_PIDS = statement(
  'standby_pids',
  `SELECT pid FROM pg_stat_activity WHERE application_name = 'relay two'`,
);

/** Starts an active relay, then a second one that stands by. */
async function startTwo(options: Parameters<typeof harness.start>[0] = {}) {
  const first = await harness.start({ ...options, applicationName: 'relay one' });
  await harness.add(createEvent('warm-up'));
  await harness.received.waitForCount(1);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  const second = await harness.start({ applicationName: 'relay two' });
  return { first, second };
}

test('one relay is active; another takes over its terminated session', async () => {
  const { first, second } = await startTwo();
  expect([first.relay.isActive, second.relay.isActive]).toEqual([true, false]);
  const before = createEvents('before', 20);
  await harness.add(...before);
  await harness.received.waitForCount(21);
  expect(harness.publishedNames().slice(1)).toEqual(toNames(before)); // once each: the stand-by relay published none

  // The first relay may take the lock again before the second one tries: terminate until the second has it.
  const secondAfterTermination = async (): Promise<boolean> => {
    if (first.relay.isActive) await harness.database.query(TERMINATE, ['relay one']);
    return second.relay.isActive;
  };
  await expect.poll(secondAfterTermination).toBe(true);
  const after = createEvents('after', 20);
  await harness.add(...after);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  const firstSeen = [...new Set(harness.publishedNames())];
  expect(firstSeen.filter((name) => name.startsWith('after'))).toEqual(toNames(after));
});

test('a relay that stops is replaced at once', async () => {
  const { first, second } = await startTwo();
  await first.relay.stop();
  expect(first.relay.isActive).toBe(false);
  await harness.add(createEvent('handed over'));
  await harness.received.waitForCount(2);
  expect(second.relay.isActive).toBe(true);
});

test('a stand-by relay is not woken by commits', async () => {
  await startTwo();
  const pids = new Set<number>();
  const startedAt = performance.now();
  for (let n = 0; n < 300; n += 1) {
    for (const relay of harness.relays) relay.wake();
    for (const { pid } of await harness.database.query<{ pid: number }>(STANDBY_PIDS)) pids.add(pid);
  }
  // It tries to take the lock once a second, each time in a new session.
  expect(pids.size).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 1_000);
});

test('a hanging relay loses its lock within ten seconds', async () => {
  const waitingSession = await RelaySession.open(otherDatabaseUrl, 'waiting');
  const waited = createGate();
  onTestFinished(() => waitingSession!.close());
  const waiting = waitingSession!.waitWithHeartbeat(waited.opened);

  const { link, url } = await openLink(harness.databaseUrl);
  const { first, second } = await startTwo({ databaseUrl: url });
  link.blackHole();
  await harness.add(...createEvents('taken over', 5));
  const startedAt = performance.now();
  await expect.poll(() => second.relay.isActive, { timeout: 20_000, interval: 100 }).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  expect(harness.publishedNames()).toEqual(['warm-up 1', ...toNames(createEvents('taken over', 5))]);
  await link.restore();
  await expect.poll(() => first.relay.isActive).toBe(false);

  waited.open();
  await waiting; // a session with heartbeats is not lost
});
