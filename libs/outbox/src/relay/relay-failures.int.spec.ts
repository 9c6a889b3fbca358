import { describe, expect, onTestFinished, test } from 'vitest';

import { type OutgoingEvent, slotForKey } from '#messaging';
import { createEvent, createEvents, toNames, RelayHarness } from '../../../test-support/relay-harness.js';
import { listParkedEvents, releaseParkedEvent } from '../parked-events.js';

const harness = await RelayHarness.prepare();
const { database, probe, received } = harness;

/** Adds events of one subject; the first one is addressed to a missing exchange, which closes the channel. */
async function addUnroutable(...events: readonly OutgoingEvent[]): Promise<void> {
  await database.transaction(async (tx) => {
    await harness.outbox.add(tx, events);
    await harness.setExchange(events[0]!.subject, 'nowhere', tx);
  });
}

/** Adds good events until the end of the test, each after the previous one was published. */
function keepPublishing(): void {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    for (let n = 1; !stop.signal.aborted; n += 1) {
      await harness.add(createEvent(`good ${n}`));
      await expect.poll(() => harness.publishedNames().includes(`good ${n} 1`)).toBe(true);
    }
  };
  const done = loop();
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
}

describe('an event that the broker rejects', () => {
  test('is parked after five attempts and blocks only its subject', async () => {
    const { log } = await harness.start();
    await addUnroutable(...createEvents('lost', 2));
    await harness.add(...createEvents('neighbour', 3));
    keepPublishing();
    const parked = await log.waitFor('event parked: it cannot be published');
    expect(parked).toMatchObject({ subject: 'lost', attempts: 5 });
    expect(await listParkedEvents(database, 10)).toMatchObject([
      { subject: 'lost', sequence: 1, attempts: 5, lastError: expect.stringContaining('404') as string },
    ]);
    await received.waitForCount(received.items.length + 3); // the relay continues
    const published = harness.publishedNames();
    expect(published.filter((name) => name.startsWith('lost'))).toEqual([]);
    expect([...new Set(published.filter((name) => name.startsWith('neighbour')))]).toEqual(
      toNames(createEvents('neighbour', 3)),
    );
  });

  test('is published with its followers, in order, once corrected and released', async () => {
    const { log } = await harness.start({ attemptsMax: 1 });
    await addUnroutable(...createEvents('released', 3));
    keepPublishing();
    await log.waitFor('event parked: it cannot be published');
    await harness.setExchange('released', 'order.events');
    const [{ id } = { id: '' }] = await listParkedEvents(database, 1);
    expect(await releaseParkedEvent(database, id)).toBe(true);
    await expect
      .poll(() => harness.publishedNames().filter((name) => name.startsWith('released')))
      .toEqual(toNames(createEvents('released', 3)));
    expect(await releaseParkedEvent(database, id)).toBe(false);
  });

  test.each([
    [
      'is too large for consumers',
      (): ReturnType<typeof createEvent> => ({
        ...createEvent('odd'),
        data: { orderId: 'x'.repeat(256 * 1024) },
      }),
    ],
    [
      'has a property too long for AMQP',
      (): ReturnType<typeof createEvent> => createEvent('odd', 1, 'ü'.repeat(128)),
    ],
  ])('is parked at once when it %s, and delays no other', async (_, odd) => {
    const { log } = await harness.start();
    const neighbours = createEvents('neighbour', 3);
    await harness.add(neighbours[0]!, odd(), neighbours[1]!, createEvent('odd', 2), neighbours[2]!);
    expect(await log.waitFor('event parked: it cannot be published')).toMatchObject({
      subject: 'odd',
      attempts: 1,
    });
    await expect.poll(() => harness.countUnpublished()).toBe(2);
    expect(harness.publishedNames()).toEqual(toNames(neighbours));
    expect(log.count('publishing channel failed')).toBe(0);
  });
});

test('while the broker rejects everything, nothing is parked, attempts slow down', async () => {
  await probe.channel.deleteExchange('order.events');
  const { log } = await harness.start({ attemptsMax: 1 });
  const startedAt = performance.now();
  const subjects = Array.from({ length: 20 }, (_, n) => `subject ${n}`);
  await harness.add(...subjects.flatMap((subject) => createEvents(subject, 2)));
  await log.waitFor('publishing channel failed', 6);
  // Pauses before the sixth attempt: 200, 400, 800 and 1,000 ms.
  expect(performance.now() - startedAt).toBeGreaterThan(2_400);
  expect(await listParkedEvents(database, 10)).toEqual([]);

  await probe.channel.assertExchange('order.events', 'topic');
  await harness.collectPublished();
  await received.waitForCount(40);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  for (const subject of subjects) {
    const subjectNames = [...new Set(harness.publishedNames())].filter((name) =>
      name.startsWith(`${subject} `),
    );
    expect(subjectNames).toEqual(toNames(createEvents(subject, 2)));
  }
});

describe('when a queue is full', () => {
  const FULL_SLOT = 3;
  const subjects = Array.from({ length: 400 }, (_, n) => `order ${n}`);
  const [inFullSlot, inOtherSlots] = [
    subjects.filter((subject) => slotForKey(subject) === FULL_SLOT),
    subjects.filter((subject) => slotForKey(subject) !== FULL_SLOT),
  ];
  const SLOT_DELAYED = 'queue rejects events; slot delayed';

  /** Adds a queue that rejects all events of one slot; the returned function unbinds it. */
  async function addFullQueue(): Promise<() => Promise<unknown>> {
    const options = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    await probe.channel.assertQueue('full', { durable: true, arguments: options });
    await probe.publish('', 'full', Buffer.from('it is full'));
    await probe.channel.bindQueue('full', 'order.events', `order.confirmed.${FULL_SLOT}`);
    onTestFinished(async () => void (await probe.channel.deleteQueue('full')));
    return () => probe.channel.unbindQueue('full', 'order.events', `order.confirmed.${FULL_SLOT}`);
  }

  /** Distinct events of a subject, in the order of their first publication. */
  function receivedNames(subject: string): string[] {
    return [...new Set(harness.publishedNames())].filter((name) => name.startsWith(`${subject} `));
  }

  test('only its slot waits, and follows in order afterwards', async () => {
    const unbindFullQueue = await addFullQueue();
    const { log } = await harness.start();
    const [rejected, neighbours] = [createEvents(inFullSlot[0]!, 30), createEvents(inOtherSlots[0]!, 30)];
    await harness.add(...rejected, ...neighbours);
    await log.waitFor(SLOT_DELAYED, 2);
    await expect.poll(() => harness.countUnpublished()).toBe(30);
    expect(receivedNames(inFullSlot[0]!)).toEqual(toNames(rejected).slice(0, 1));
    expect(receivedNames(inOtherSlots[0]!)).toEqual(toNames(neighbours));

    await unbindFullQueue();
    await expect.poll(() => harness.countUnpublished()).toBe(0);
    expect(receivedNames(inFullSlot[0]!)).toEqual(toNames(rejected));
    expect(await listParkedEvents(database, 10)).toEqual([]);
  });

  test('each probe delivers one copy to the other queues', async () => {
    const unbindFullQueue = await addFullQueue();
    const { log } = await harness.start();
    await harness.add(...inFullSlot.map((subject) => createEvent(subject)));
    const receivedAtDelay: number[] = [];
    for (let delays = 1; delays <= 3; delays += 1) {
      await log.waitFor(SLOT_DELAYED, delays);
      receivedAtDelay.push(received.items.length);
    }
    // One copy of each event before the first nack; then one copy per probe.
    expect(receivedAtDelay.at(-1)).toBeLessThanOrEqual(inFullSlot.length + 2);
    await unbindFullQueue();
    await expect.poll(() => harness.countUnpublished()).toBe(0);
  });
});
