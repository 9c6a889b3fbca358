import { expect, describe, test } from 'vitest';

import { orderConfirmed } from '#contracts';
import { statement } from '#database';
import { encodeEnvelope, routingKey } from '#messaging';
import { createGate } from '../../../../test/setup/gate.js';
import { openLink } from '../../../../test/setup/open-link.js';
import { createEvent, createEvents, toNames, RelayHarness } from '../../../../test/setup/relay-harness.js';

const bench = await RelayHarness.prepare();
const { database, outbox, received } = bench;

describe('an event is published', () => {
  test('after the commit and not before', async () => {
    await bench.start();
    const [uncommitted, committed] = [createEvent(), createEvent()];
    await database.transaction(async (tx) => {
      await outbox.add(tx, [uncommitted]);
      await bench.add(committed);
      await received.waitForCount(1); // the relay has looked meanwhile, and published what was committed
      expect(bench.publishedNames()).toEqual(toNames([committed]));
    });
    await received.waitForCount(2);
    expect(bench.publishedNames()).toEqual(toNames([committed, uncommitted]));
  });

  test('never after a rollback', async () => {
    await bench.start();
    const rolledBack = database.transaction(async (tx) => {
      await outbox.add(tx, [createEvent()]);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    const next = createEvent();
    await bench.add(next);
    await received.waitForCount(1);
    expect(bench.publishedNames()).toEqual(toNames([next]));
  });

  test('with everything that was stored with it, and under the row’s id', async () => {
    await bench.start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = { ...createEvent(), causationId: '019a0000-0000-7000-8000-000000000001', traceparent };
    await bench.add(event);
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

  test('also when no wake-up came: the relay looks by itself', async () => {
    const { relay } = await bench.start();
    await bench.add(createEvent());
    await received.waitForCount(1);
    bench.relays.delete(relay); // as if another replica had committed
    await bench.add(createEvent());
    await received.waitForCount(2);
  });
});

// Past a hundred that are in flight, what may be sent is read by another statement.
test.each([100, 1_000])(
  'events of a subject are published in their order, many subjects beside each other',
  async (inFlightMax) => {
    await bench.start({ inFlightMax });
    const subjects = Array.from({ length: 200 }, (_, n) => createEvents(`subject ${n}`, 5));
    const interleaved = [0, 1, 2, 3, 4].flatMap((n) => subjects.map((events) => events[n]!));
    await bench.add(...interleaved);
    await received.waitForCount(1_000);
    for (const events of subjects) {
      const subjectNames = bench.publishedNames().filter((name) => name.startsWith(`${events[0]!.subject} `));
      expect(subjectNames).toEqual(toNames(events));
    }
  },
);

test('a backlog is read ahead while others wait for their confirms, up to the bound of what may be in flight', async () => {
  const { link, url } = await openLink(bench.brokerUrl);
  await bench.start({ brokerUrl: url, inFlightMax: 8 });
  await bench.add(createEvent());
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  link.addLatency(1_000); // the confirms are under way for so long
  await bench.add(...Array.from({ length: 12 }, () => createEvent()));
  await received.waitForCount(1 + 8);
  expect([await bench.countUnpublished(), received.items.length]).toEqual([12, 1 + 8]);
  link.addLatency(0);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
});

test('an event whose transaction commits after those that began later is not skipped', async () => {
  await bench.start();
  const [early, late] = [createEvent(), createEvent()];
  const [added, goOn] = [createGate(), createGate()];
  const slow = database.transaction(async (tx) => {
    await outbox.add(tx, [early]);
    added.open();
    await goOn.opened;
  });
  await added.opened;
  await bench.add(late);
  await received.waitForCount(1);
  goOn.open();
  await slow;
  await received.waitForCount(2);
  expect(bench.publishedNames()).toEqual(toNames([late, early]));
});

test('a row counts as published only after its confirm; when that is lost, it is sent again under the same id', async () => {
  const { link, url } = await openLink(bench.brokerUrl);
  const { log } = await bench.start({ brokerUrl: url });
  await bench.add(createEvent('first'));
  await received.waitForCount(1);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  link.addLatency(300); // the confirm of what the broker has is under way for so long
  await bench.add(createEvent('unsure'));
  await received.waitForCount(2);
  expect(await bench.countUnpublished()).toBe(1);
  link.reset();
  await link.restore();
  await received.waitForCount(3);
  await expect.poll(() => bench.countUnpublished()).toBe(0);
  const [, sent, again] = received.items.map(({ properties }) => properties.messageId as string);
  expect(again).toBe(sent);
  expect(bench.publishedNames()).toEqual(['first 1', 'unsure 1', 'unsure 1']);
  expect(log.count('event could not be published; it will be tried again')).toBe(0);
});

test('while the broker is away events wait, and go out in order when it is back', async () => {
  const { link, url } = await openLink(bench.brokerUrl);
  const { log } = await bench.start({ brokerUrl: url });
  await log.waitFor('broker connected');
  await link.cut();
  await log.waitFor('broker disconnected; reconnecting');
  const events = createEvents('patient', 3);
  for (const event of events) await bench.add(event);
  expect(await bench.countUnpublished()).toBe(3);
  await link.restore();
  await received.waitForCount(3);
  expect(bench.publishedNames()).toEqual(toNames(events));
});

describe('stop', () => {
  test('publishes what is pending', async () => {
    const { relay } = await bench.start();
    await bench.add(createEvent());
    await received.waitForCount(1);
    bench.relays.delete(relay); // it will not be told
    const events = createEvents('last', 20);
    await bench.add(...events);
    await relay.stop(20_000); // one confirm after the other, on however slow a disk
    expect(await bench.countUnpublished()).toBe(0);
    await received.waitForCount(21);
  });

  test.each(['broker', 'database'] as const)(
    'keeps to its bound when the %s does not answer',
    async (server) => {
      const { link, url } = await openLink(server === 'broker' ? bench.brokerUrl : bench.databaseUrl);
      const { relay } = await bench.start(server === 'broker' ? { brokerUrl: url } : { databaseUrl: url });
      await bench.add(createEvent());
      await expect.poll(() => bench.countUnpublished()).toBe(0);
      link.blackHole();
      await bench.add(createEvent());
      const before = performance.now();
      await relay.stop(300);
      expect(performance.now() - before).toBeLessThan(2_000);
      expect(await bench.countUnpublished()).toBe(1);
      await link.restore();
    },
  );
});
