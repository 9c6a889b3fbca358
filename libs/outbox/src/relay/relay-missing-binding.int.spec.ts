import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { applyTopology, ManagementApi, RouteCheck, SLOT_COUNT, slotForKey } from '#messaging';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { createEvents, RelayHarness, subjectsPerSlot, toNames } from '../../../test-support/relay-harness.js';
import { brokerAccess, freePort } from '../../../test-support/servers.js';

const harness = await RelayHarness.prepare();
const { channel } = harness.probe;

/** Two subscribers with two queues each, and a queue that takes every slot. */
const PARTITIONS = 2;
const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const [exchange, name] = ['order.events', 'order.confirmed'];
const topology = {
  exchanges: [{ name: exchange, type: 'topic' as const }],
  queues: ['stock.0', 'stock.1', 'billing.0', 'billing.1', 'news'].map((queue) => {
    return { name: queue, arguments: { 'x-queue-type': 'quorum' } };
  }),
  bindings: [
    ...['stock', 'billing'].flatMap((subscriber) =>
      slots.map((slot) => {
        return { queue: `${subscriber}.${slot % PARTITIONS}`, exchange, routingKey: `${name}.${slot}` };
      }),
    ),
    { queue: 'news', exchange, routingKey: `${name}.*` },
  ],
};

beforeEach(async () => {
  await applyTopology(harness.brokerUrl, topology);
});

/** Starts a relay that asks a check with a short interval. */
async function startRelay(managementUrl = brokerAccess().management!.url) {
  const log = new RecordingLog();
  const management = new ManagementApi(managementUrl, harness.brokerUrl);
  const routes = new RouteCheck({ exchange, topology, management, intervalMs: 20, log });
  await routes.start();
  onTestFinished(() => routes.stop());
  return { ...(await harness.start({ heldSlots: () => routes.held })), checkLog: log };
}

/** Adds two events of a new order in every slot. Resolves to their names by slot. */
async function addToEverySlot(): Promise<string[][]> {
  const events = subjectsPerSlot(1).map((subject) => createEvents(subject, 2));
  await harness.add(...events.flat());
  return slots.map((slot) => toNames(events.find(([first]) => slotForKey(first!.subject) === slot)!));
}

const published = (): string[] => harness.publishedNames().toSorted();

test.each([
  [
    'a binding is removed',
    [7],
    /^slot 7 held, missing: binding order\.events → billing\.1 \(order\.confirmed\.7\)$/,
    () => channel.unbindQueue('billing.1', exchange, `${name}.7`),
  ],
  [
    'a queue of one subscriber is deleted',
    slots.filter((slot) => slot % PARTITIONS === 0),
    /^slots 0, 2, .* held, missing: binding order\.events → stock\.0 .* and 5 more$/,
    () => channel.deleteQueue('stock.0'),
  ],
  [
    'a queue that takes every slot is deleted',
    slots,
    /^every slot held, missing: binding order\.events → news/,
    () => channel.deleteQueue('news'),
  ],
  [
    'the exchange is deleted',
    slots,
    /^every slot held, missing: binding order\.events/,
    () => channel.deleteExchange(exchange),
  ],
])('while %s, only its slots wait, and follow in order', async (what, held, reason, remove) => {
  const { relay, checkLog } = await startRelay();
  await remove();
  const isExchangeGone = what === 'the exchange is deleted';
  await expect.poll(() => relay.backoffReason).toMatch(reason);
  expect(relay.heldSlotCount).toBe(held.length);
  const names = await addToEverySlot();
  const other = names.filter((_names, slot) => !held.includes(slot)).flat();
  await expect.poll(() => harness.countUnpublished()).toBe(2 * held.length);
  expect(published()).toEqual(other.toSorted());

  if (isExchangeGone) {
    await applyTopology(harness.brokerUrl, { exchanges: topology.exchanges, queues: [], bindings: [] });
    await harness.collectPublished();
  }
  await applyTopology(harness.brokerUrl, topology);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  expect(relay.backoffReason).toBeUndefined();
  expect(checkLog.count('bindings missing; slots held')).toBeGreaterThan(0);
  expect(checkLog.count('bindings restored; slots released')).toBe(1);
  for (const slot of held) {
    const arrived = harness.publishedNames().filter((event) => names[slot]!.includes(event));
    expect(arrived).toEqual(names[slot]);
  }
});

test('a relay that starts while a binding is missing publishes none of its slot', async () => {
  await channel.unbindQueue('billing.1', exchange, `${name}.7`);
  const names = await addToEverySlot();
  const { relay } = await startRelay();
  await expect.poll(() => harness.countUnpublished()).toBe(2);
  expect(published()).toEqual(
    names
      .filter((_, slot) => slot !== 7)
      .flat()
      .toSorted(),
  );
  expect(relay.backoffReason).toContain('slot 7 held');
});

test('while bindings cannot be checked, events are published, and the log says so', async () => {
  const { checkLog, relay } = await startRelay(`http://127.0.0.1:${await freePort()}`);
  await addToEverySlot();
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  expect(relay.backoffReason).toBeUndefined();
  expect(checkLog.count('bindings not checked; publishing continues')).toBeGreaterThan(0);
});
