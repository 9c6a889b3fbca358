import { expect, describe, test } from 'vitest';

import { orderConfirmed } from '#contracts';
import { statement } from '#database';
import { encodeEnvelope, routingKey } from '#messaging';
import { createGate } from '../../../test-support/gate.js';
import { openLink } from '../../../test-support/open-link.js';
import {
  createEvent,
  createEvents,
  subjectsPerSlot,
  toNames,
  RelayHarness,
} from '../../../test-support/relay-harness.js';

const harness = await RelayHarness.prepare();
const { database, outbox, received } = harness;

describe('an event is published', () => {
  test('after the commit and not before', async () => {
    await harness.start();
    const [uncommitted, committed] = [createEvent(), createEvent()];
    await database.transaction(async (tx) => {
      await outbox.add(tx, [uncommitted]);
      await harness.add(committed);
      await received.waitForCount(1); // the relay has read the outbox since
      expect(harness.publishedNames()).toEqual(toNames([committed]));
    });
    await received.waitForCount(2);
    expect(harness.publishedNames()).toEqual(toNames([committed, uncommitted]));
  });

  test('never after a rollback', async () => {
    await harness.start();
    const rolledBack = database.transaction(async (tx) => {
      await outbox.add(tx, [createEvent()]);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    const next = createEvent();
    await harness.add(next);
    await received.waitForCount(1);
    expect(harness.publishedNames()).toEqual(toNames([next]));
  });

  test('with the stored envelope, under the id of the row', async () => {
    await harness.start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = { ...createEvent(), causationId: '019a0000-0000-7000-8000-000000000001', traceparent };
    await harness.add(event);
    const [message] = await received.waitForCount(1);
    const ROW = statement('row', 'SELECT id::text, occurred_at AS "occurredAt" FROM outbox');
    const [row] = await database.query<{ id: string; occurredAt: Date }>(ROW);
    const { contract, data, ...rest } = event;
    const envelope = { ...rest, ...row!, type: contract.type, producer: contract.producer };
    expect(message!.content).toEqual(encodeEnvelope({ ...envelope, data: JSON.stringify(data) }));
    expect(message!.fields.routingKey).toBe(routingKey(orderConfirmed, event.subject));
    expect(message!.properties).toMatchObject({
      messageId: row!.id,
      type: 'order.confirmed.v1',
      deliveryMode: 2,
      correlationId: event.correlationId,
    });
  });

  test('without a wake-up: the relay polls', async () => {
    const { relay } = await harness.start();
    await harness.add(createEvent());
    await received.waitForCount(1);
    harness.relays.delete(relay); // no wake-up, as for a commit of another replica
    await harness.add(createEvent());
    await received.waitForCount(2);
  });
});

test.each([100, 1_000])(
  'events are published in order per subject, subjects concurrently',
  async (inFlightMax) => {
    await harness.start({ inFlightMax });
    const subjects = Array.from({ length: 200 }, (_, n) => createEvents(`subject ${n}`, 5));
    const interleaved = [0, 1, 2, 3, 4].flatMap((n) => subjects.map((events) => events[n]!));
    await harness.add(...interleaved);
    await received.waitForCount(1_000);
    for (const events of subjects) {
      const subjectNames = harness
        .publishedNames()
        .filter((name) => name.startsWith(`${events[0]!.subject} `));
      expect(subjectNames).toEqual(toNames(events));
    }
  },
);

test('a backlog is published ahead of confirms, up to inFlightMax', async () => {
  const { link, url } = await openLink(harness.brokerUrl);
  await harness.start({ brokerUrl: url, inFlightMax: 8 });
  await harness.add(createEvent());
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  link.addLatency(1_000); // of each confirm
  await harness.add(...subjectsPerSlot(2).map((subject) => createEvent(subject)));
  await received.waitForCount(1 + 8);
  expect([await harness.countUnpublished(), received.items.length]).toEqual([32, 1 + 8]);
  link.addLatency(0);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
});

test('an event that commits after later positions is not skipped', async () => {
  await harness.start();
  const [early, late] = [createEvent(), createEvent()];
  const [added, mayCommit] = [createGate(), createGate()];
  const slow = database.transaction(async (tx) => {
    await outbox.add(tx, [early]);
    added.open();
    await mayCommit.opened;
  });
  await added.opened;
  await harness.add(late);
  await received.waitForCount(1);
  mayCommit.open();
  await slow;
  await received.waitForCount(2);
  expect(harness.publishedNames()).toEqual(toNames([late, early]));
});

test('a row whose confirm is lost is published again, same id', async () => {
  const { link, url } = await openLink(harness.brokerUrl);
  const { log } = await harness.start({ brokerUrl: url });
  await harness.add(createEvent('first'));
  await received.waitForCount(1);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  link.addLatency(300); // of the confirm
  await harness.add(createEvent('unconfirmed'));
  await received.waitForCount(2);
  expect(await harness.countUnpublished()).toBe(1);
  link.reset();
  await link.restore();
  await received.waitForCount(3);
  await expect.poll(() => harness.countUnpublished()).toBe(0);
  const [, sent, again] = received.items.map(({ properties }) => properties.messageId as string);
  expect(again).toBe(sent);
  expect(harness.publishedNames()).toEqual(['first 1', 'unconfirmed 1', 'unconfirmed 1']);
  expect(log.count('event not published; retrying')).toBe(0);
});

test('events wait for an unavailable broker and follow in order', async () => {
  const { link, url } = await openLink(harness.brokerUrl);
  const { log } = await harness.start({ brokerUrl: url });
  await log.waitFor('broker connected');
  await link.cut();
  await log.waitFor('broker disconnected; reconnecting');
  const events = createEvents('delayed', 3);
  for (const event of events) await harness.add(event);
  expect(await harness.countUnpublished()).toBe(3);
  await link.restore();
  await received.waitForCount(3);
  expect(harness.publishedNames()).toEqual(toNames(events));
});

describe('stop', () => {
  test('publishes the pending events', async () => {
    const { relay } = await harness.start();
    await harness.add(createEvent());
    await received.waitForCount(1);
    harness.relays.delete(relay); // no wake-up
    const events = createEvents('last', 20);
    await harness.add(...events);
    await relay.stop(20_000); // one confirm after another, also on a slow disk
    expect(await harness.countUnpublished()).toBe(0);
    await received.waitForCount(21);
  });

  test('publishes a backlog of every slot', async () => {
    await harness.add(...subjectsPerSlot(100).map((subject) => createEvent(subject)));
    const { relay } = await harness.start({ inFlightMax: 160 });
    await relay.stop(30_000);
    expect(await harness.countUnpublished()).toBe(0);
  });

  test.each(['broker', 'database'] as const)(
    'keeps to its timeout when the %s does not respond',
    async (server) => {
      const { link, url } = await openLink(server === 'broker' ? harness.brokerUrl : harness.databaseUrl);
      const { relay } = await harness.start(server === 'broker' ? { brokerUrl: url } : { databaseUrl: url });
      await harness.add(createEvent());
      await expect.poll(() => harness.countUnpublished()).toBe(0);
      link.blackHole();
      await harness.add(createEvent());
      const startedAt = performance.now();
      await relay.stop(300);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(await harness.countUnpublished()).toBe(1);
      await link.restore();
    },
  );
});
