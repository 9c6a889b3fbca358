import { expect, onTestFinished, test } from 'vitest';

import { statement } from '#database';
import { openDatabase } from '../../../test/setup/database.js';
import { gate } from '../../../test/setup/gate.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { breakableLink } from '../../../test/setup/links.js';
import { eventOf, eventsOf, namesOf, RelayBench } from '../../../test/setup/relay-bench.js';
import { outboxMigrations } from './migration.js';
import { RelaySession } from './relay/relay-session.js';

const bench = await RelayBench.prepare();
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
  await bench.add(eventOf('warm-up'));
  await bench.heard.until(1);
  await expect.poll(() => bench.waiting()).toBe(0);
  const second = await bench.start({ applicationName: 'relay two' });
  return { first, second };
}

test('of two relays one is at work, and the other takes over when its session is terminated', async () => {
  const { first, second } = await startTwo();
  expect([first.relay.active, second.relay.active]).toEqual([true, false]);
  const before = eventsOf('before', 20);
  await bench.add(...before);
  await bench.heard.until(21);
  expect(bench.published().slice(1)).toEqual(namesOf(before)); // once each: the other did nothing

  // The first may get its lock back before the second asks for it: until that happens, again.
  const secondAfterTermination = async (): Promise<boolean> => {
    if (first.relay.active) await bench.database.query(TERMINATE, ['relay one']);
    return second.relay.active;
  };
  await expect.poll(secondAfterTermination).toBe(true);
  const after = eventsOf('after', 20);
  await bench.add(...after);
  await expect.poll(() => bench.waiting()).toBe(0);
  const firstSeen = [...new Set(bench.published())];
  expect(firstSeen.filter((name) => name.startsWith('after'))).toEqual(namesOf(after));
});

test('a relay that stops hands over at once', async () => {
  const { first, second } = await startTwo();
  await first.relay.stop();
  expect(first.relay.active).toBe(false);
  await bench.add(eventOf('handed over'));
  await bench.heard.until(2);
  expect(second.relay.active).toBe(true);
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
  const waited = gate();
  onTestFinished(() => patient!.close());
  const waiting = patient!.during(waited.opened);

  const { link, url } = await breakableLink(bench.databaseUrl);
  const { first, second } = await startTwo({ databaseUrl: url });
  link.blackHole();
  await bench.add(...eventsOf('taken over', 5));
  const began = performance.now();
  await expect.poll(() => second.relay.active, { timeout: 20_000, interval: 100 }).toBe(true);
  expect(performance.now() - began).toBeLessThan(12_000);
  await expect.poll(() => bench.waiting()).toBe(0);
  expect(bench.published()).toEqual(['warm-up 1', ...namesOf(eventsOf('taken over', 5))]);
  await link.restore();
  await expect.poll(() => first.relay.active).toBe(false);

  waited.open();
  await waiting; // it would have been rejected, had the session been lost
});
