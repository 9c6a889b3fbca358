import { describe, expect, onTestFinished, test } from 'vitest';

import { type OutgoingEvent, slotForKey } from '#messaging';
import { createEvent, createEvents, toNames, RelayHarness } from '../../../test/setup/relay-harness.js';
import { listParkedEvents, releaseParkedEvent } from './parked-events.js';

const bench = await RelayHarness.prepare();
const { database, probe, received } = bench;

/** Adds events of one subject, of which the first is for an exchange that does not exist. */
async function addLost(...events: readonly OutgoingEvent[]): Promise<void> {
  await database.transaction(async (tx) => {
    await bench.outbox.add(tx, events);
    await bench.setExchange(events[0]!.subject, 'nowhere', tx);
  });
}

/** Keeps adding good events, each when the one before has been heard, until the test is over. */
function keepPublishing(): void {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    for (let n = 1; !stop.signal.aborted; n += 1) {
      await bench.add(createEvent(`good ${n}`));
      await expect.poll(() => bench.publishedNames().includes(`good ${n} 1`)).toBe(true);
    }
  };
  const done = loop();
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
}

describe('an event that the broker does not take', () => {
  test('is set aside after five tries, while its neighbours go out and its own subject waits', async () => {
    const { log } = await bench.start();
    await addLost(...createEvents('lost', 2));
    await bench.add(...createEvents('neighbour', 3));
    keepPublishing();
    const parked = await log.waitFor('event parked: it cannot be published');
    expect(parked).toMatchObject({ subject: 'lost', attempts: 5 });
    expect(await listParkedEvents(database, 10)).toMatchObject([
      { subject: 'lost', sequence: 1, attempts: 5, lastError: expect.stringContaining('404') as string },
    ]);
    await received.waitForCount(received.items.length + 3); // the relay has gone on
    const published = bench.publishedNames();
    expect(published.filter((name) => name.startsWith('lost'))).toEqual([]);
    expect([...new Set(published.filter((name) => name.startsWith('neighbour')))]).toEqual(
      toNames(createEvents('neighbour', 3)),
    );
  });

  test('goes out, and what waits behind it, in order, once it has been put right and released', async () => {
    const { log } = await bench.start({ attemptsMax: 1 });
    await addLost(...createEvents('released', 3));
    keepPublishing();
    await log.waitFor('event parked: it cannot be published');
    await bench.setExchange('released', 'order.events');
    const [{ id } = { id: '' }] = await listParkedEvents(database, 1);
    expect(await releaseParkedEvent(database, id)).toBe(true);
    await expect
      .poll(() => bench.publishedNames().filter((name) => name.startsWith('released')))
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
      'has a property that AMQP has no room for',
      (): ReturnType<typeof createEvent> => createEvent('odd', 1, 'ü'.repeat(128)),
    ],
  ])('is set aside at once when it %s, and disturbs nobody', async (_, odd) => {
    const { log } = await bench.start();
    const neighbours = createEvents('neighbour', 3);
    await bench.add(neighbours[0]!, odd(), neighbours[1]!, createEvent('odd', 2), neighbours[2]!);
    expect(await log.waitFor('event parked: it cannot be published')).toMatchObject({
      subject: 'odd',
      attempts: 1,
    });
    await expect.poll(() => bench.countUnpublished()).toBe(2);
    expect(bench.publishedNames()).toEqual(toNames(neighbours));
    expect(log.count('publishing channel failed')).toBe(0);
  });
});

test('while the broker takes nothing, nothing is set aside, and the relay does not hammer it', async () => {
  await probe.channel.deleteExchange('order.events');
  const { log } = await bench.start({ attemptsMax: 1 });
  const began = performance.now();
  const subjects = Array.from({ length: 20 }, (_, n) => `subject ${n}`);
  await bench.add(...subjects.flatMap((subject) => createEvents(subject, 2)));
  await log.waitFor('publishing channel failed', 6);
  // The pauses before the sixth attempt: 200, 400, 800 and 1,000 ms.
  expect(performance.now() - began).toBeGreaterThan(2_400);
  expect(await listParkedEvents(database, 10)).toEqual([]);

  await probe.channel.assertExchange('order.events', 'topic');
  await bench.collectPublished();
  await received.waitForCount(40);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  for (const subject of subjects) {
    const subjectNames = [...new Set(bench.publishedNames())].filter((name) =>
      name.startsWith(`${subject} `),
    );
    expect(subjectNames).toEqual(toNames(createEvents(subject, 2)));
  }
});

describe('when a queue is full', () => {
  const FULL_SLOT = 3;
  const subjects = Array.from({ length: 400 }, (_, n) => `order ${n}`);
  const [inFullSlot, inOthers] = [
    subjects.filter((subject) => slotForKey(subject) === FULL_SLOT),
    subjects.filter((subject) => slotForKey(subject) !== FULL_SLOT),
  ];
  const REFUSES = 'the broker refuses events; they will be sent again';

  /** A queue that refuses everything of one slot, until the function it returns is called. */
  async function fullQueue(): Promise<() => Promise<unknown>> {
    const options = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    await probe.channel.assertQueue('full', { durable: true, arguments: options });
    await probe.publish('', 'full', Buffer.from('it is full'));
    await probe.channel.bindQueue('full', 'order.events', `order.confirmed.${FULL_SLOT}`);
    onTestFinished(async () => void (await probe.channel.deleteQueue('full')));
    return () => probe.channel.unbindQueue('full', 'order.events', `order.confirmed.${FULL_SLOT}`);
  }

  /** What has been heard of a subject, leaving out what was heard before. */
  function receivedNames(subject: string): string[] {
    return [...new Set(bench.publishedNames())].filter((name) => name.startsWith(`${subject} `));
  }

  test('its slot waits and others go out; then everything of the slot follows in order', async () => {
    const makeRoom = await fullQueue();
    const { log } = await bench.start();
    const [refused, neighbours] = [createEvents(inFullSlot[0]!, 30), createEvents(inOthers[0]!, 30)];
    await bench.add(...refused, ...neighbours);
    await log.waitFor(REFUSES, 2);
    await expect.poll(() => bench.countUnpublished()).toBe(30);
    expect(receivedNames(inFullSlot[0]!)).toEqual(toNames(refused).slice(0, 1));
    expect(receivedNames(inOthers[0]!)).toEqual(toNames(neighbours));

    await makeRoom();
    await expect.poll(() => bench.countUnpublished()).toBe(0);
    expect(receivedNames(inFullSlot[0]!)).toEqual(toNames(refused));
    expect(await listParkedEvents(database, 10)).toEqual([]);
  });

  test('a backlog costs its healthy neighbours one copy per try, not one per event', async () => {
    const makeRoom = await fullQueue();
    const { log } = await bench.start();
    await bench.add(...inFullSlot.map((subject) => createEvent(subject)));
    const receivedAtRefusal: number[] = [];
    for (let refusals = 1; refusals <= 3; refusals += 1) {
      await log.waitFor(REFUSES, refusals);
      receivedAtRefusal.push(received.items.length);
    }
    // Each of them once, before the relay could know; then one for each further try.
    expect(receivedAtRefusal.at(-1)).toBeLessThanOrEqual(inFullSlot.length + 2);
    await makeRoom();
    await expect.poll(() => bench.countUnpublished()).toBe(0);
  });
});
