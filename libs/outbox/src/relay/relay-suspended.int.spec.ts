import { expect, test } from 'vitest';

import { ConfirmTimeoutError, type Publication, SLOT_COUNT, slotForKey } from '#messaging';
import { createGate } from '../../../test-support/gate.js';
import { createEvents, RelayHarness, subjectsPerSlot, toNames } from '../../../test-support/relay-harness.js';

const harness = await RelayHarness.prepare();
/** With four partitions, four slots share a queue, and RabbitMQ blocks the connection from 32 unconfirmed rows on. */
const SENT_PER_SLOT_MAX = 7;
const IN_FLIGHT_MAX = 160;

const slotOf = ({ routingKey }: Publication): number => Number(routingKey.split('.').at(-1));

/** Holds back the confirms of some slots until `resume`, as a suspended queue does. */
function suspend(...slots: readonly number[]) {
  const { opened, open } = createGate();
  const interceptPublish = async (publication: Publication, publish: () => Promise<void>): Promise<void> => {
    await publish();
    if (slots.includes(slotOf(publication))) await opened;
  };
  return { interceptPublish, resume: open };
}

/** Adds two events for each of `count` subjects per slot. Resolves to the names, by whether the slot is one of `slots`. */
async function addLoad(
  count: number,
  slots: readonly number[],
): Promise<{ held: string[]; other: string[] }> {
  const events = subjectsPerSlot(count).map((subject) => createEvents(subject, 2));
  await harness.add(...events.map(([first]) => first!), ...events.map(([, second]) => second!));
  const isHeld = (each: (typeof events)[number]): boolean => slots.includes(slotForKey(each[0]!.subject));
  const names = (own: typeof events): string[] => own.flatMap(toNames);
  return { held: names(events.filter(isHeld)), other: names(events.filter((each) => !isHeld(each))) };
}

const receivedOf = (names: readonly string[]): string[] => {
  const wanted = new Set(names);
  return harness.publishedNames().filter((name) => wanted.has(name));
};

test.each([
  ['one slot', [3]],
  ['the four slots of a queue', [1, 5, 9, 13]],
  ['all slots but one', Array.from({ length: SLOT_COUNT - 1 }, (_, slot) => slot)],
])('%s without confirms delays no other slot, and follows in order', async (_, slots) => {
  const { interceptPublish, resume } = suspend(...slots);
  await harness.start({ interceptPublish, inFlightMax: IN_FLIGHT_MAX });
  const first = await addLoad(20, slots);
  await expect.poll(() => receivedOf(first.other).length).toBe(first.other.length);
  const later = await addLoad(20, slots);
  await expect.poll(() => receivedOf(later.other).length).toBe(later.other.length);
  const held = [...first.held, ...later.held];
  await expect.poll(() => harness.countUnpublished()).toBe(held.length);
  expect(receivedOf(held).length).toBeLessThanOrEqual(SENT_PER_SLOT_MAX * slots.length);

  resume();
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  expect(receivedOf(held).toSorted()).toEqual(held.toSorted()); // each of them once
  const firstSeen = harness.publishedNames();
  for (let n = 0; n < held.length; n += 2)
    expect(firstSeen.indexOf(held[n]!)).toBeLessThan(firstSeen.indexOf(held[n + 1]!));
});

test('a confirmed row is marked although another row of its slot is not confirmed', async () => {
  const [subject, other] = subjectsPerSlot(2).filter((each) => slotForKey(each) === 3) as [string, string];
  const { opened, open } = createGate();
  await harness.start({
    interceptPublish: async ({ properties }, publish) => {
      await publish();
      if (properties.correlationId === subject) await opened;
    },
  });
  await harness.add(...createEvents(subject, 1), ...createEvents(other, 1));
  await expect.poll(() => harness.countUnpublished()).toBe(1);
  open();
  await expect.poll(() => harness.countUnpublished()).toBe(0);
});

test('readiness and log name a slot without confirms within 15 s', async () => {
  const { interceptPublish, resume } = suspend(3);
  const { relay, log } = await harness.start({ interceptPublish });
  await addLoad(2, [3]);
  await expect
    .poll(() => relay.backoffReason, { timeout: 15_000 })
    .toMatch(/^slot 3: no confirm of order\.confirmed\.3 for 1\d s$/);
  expect(await log.waitFor('no confirm for 10 s')).toMatchObject({
    slot: '3',
    routingKey: 'order.confirmed.3',
  });
  expect(log.count('no confirm for 10 s')).toBe(1);
  resume();
  await expect.poll(() => relay.backoffReason).toBeUndefined();
  await expect.poll(() => harness.countUnpublished()).toBe(0);
});

test('after a confirm timeout, one row at a time probes the slot', async () => {
  let isSuspended = true;
  const { relay, log } = await harness.start({
    interceptPublish: async (publication, publish) => {
      await publish();
      if (isSuspended && slotOf(publication) === 3) throw new ConfirmTimeoutError('no confirm');
    },
  });
  const { held, other } = await addLoad(20, [3]);
  await log.waitFor('queue does not confirm events; slot delayed', 3);
  await expect.poll(() => receivedOf(other).length).toBe(other.length);
  expect(receivedOf(held).length).toBeLessThanOrEqual(SENT_PER_SLOT_MAX + 3);
  expect(relay.backoffReason).toBe('slot 3: a queue does not confirm events');
  isSuspended = false;
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  expect(relay.backoffReason).toBeUndefined();
});

test('a slot that confirms slowly proceeds at its pace and delays no other', async () => {
  const gates: (() => void)[] = [];
  await harness.start({
    interceptPublish: async (publication, publish) => {
      await publish();
      if (slotOf(publication) !== 3) return;
      const { opened, open } = createGate();
      gates.push(open);
      await opened;
    },
  });
  const { held, other } = await addLoad(10, [3]);
  await expect.poll(() => receivedOf(other).length).toBe(other.length);
  for (let rounds = 0; rounds < 5; rounds += 1) {
    await expect.poll(() => gates.length).toBeGreaterThan(0);
    for (const open of gates.splice(0)) open();
    const more = await addLoad(1, [3]);
    held.push(...more.held);
    await expect.poll(() => receivedOf(more.other).length).toBe(more.other.length);
  }
  const release = (): void => gates.splice(0).forEach((open) => open());
  await expect
    .poll(() => {
      release();
      return harness.countUnpublished();
    })
    .toBe(0);
  expect(receivedOf(held).toSorted()).toEqual(held.toSorted());
});
