import { describe, expect, test } from 'vitest';

import { listDeadLetters, findDeadLetter } from '#dead-letters';
import { BrokerProbe } from '../../../test-support/broker-probe.js';
import {
  ConsumingService,
  toIds,
  PermanentError,
  placedEvent,
  placedEvents,
} from '../../../test-support/consuming-service.js';
import { openLink } from '../../../test-support/open-link.js';
import type { RecordingLog } from '../../../test-support/recording-log.js';
import { PublishOutcomeUnknownError } from '../errors.js';
import { encodeEnvelope, type EnvelopeFields, messageProperties } from '../envelope.js';

const service = await ConsumingService.prepare({ partitions: 2 });
const { probe, database, users } = service;
const retries = await probe.collectPublished('inventory.retry');
const inventory = await BrokerProbe.open(service.brokerUrl('inventory'));

/** The publications to the service's retry exchange for one message. */
function retriesFor({ id }: EnvelopeFields) {
  return retries.items.filter(({ properties }) => properties.messageId === id);
}

/**
 * Whether a retry is published: the message fails until then. It returns after 1 s and would otherwise fail once more, before
 * a busy machine has looked at the first retry.
 */
function isRetried(log: RecordingLog): boolean {
  return log.count('message failed; retry scheduled') > 0;
}

/** Set by each publication. */
const published = { 'x-published-at': expect.any(Number) as number };

/** The headers of a message that is at its `attempt`-th attempt. */
function history(attempt: number) {
  return {
    'x-attempt': attempt,
    'x-origin-user': users.order,
    'x-origin-exchange': 'order.events',
    'x-origin-routing-key': 'order.placed.1',
  };
}

/** Puts a message on its way back to partition 1, as if it had failed before. */
function publishRetry(event: EnvelopeFields, attempt: number, as = inventory): Promise<void> {
  const userId = as === inventory ? users.inventory : users.order;
  const properties = { ...messageProperties(event, userId), headers: history(attempt) };
  return as.publish('inventory.retry.due', `1s.${service.queue(1)}`, encodeEnvelope(event), properties);
}

describe('a message that fails alone', () => {
  test('is retried after 1 s on its partition, same id', async () => {
    const [bad, good] = placedEvents(2) as [EnvelopeFields, EnvelopeFields];
    const { log, batches } = await service.start({
      hook: (messages) => {
        if (isRetried(log)) return;
        if (messages.some(({ id }) => id === bad.id)) throw new Error('failure 1');
      },
    });
    await service.publish(bad, good);
    const { attempt, messageId } = await log.waitFor('message failed; retry scheduled');
    expect({ attempt, messageId }).toEqual({ attempt: 1, messageId: bad.id });
    await expect.poll(() => service.effectIds()).toEqual([good.id]); // did not wait for it
    await expect.poll(() => service.effectIds()).toEqual([good.id, bad.id]);

    const [retry, ...more] = retriesFor(bad);
    expect(more).toEqual([]);
    expect(retry!.fields.routingKey).toBe(`1s.${service.queue(1)}`);
    expect(retry!.content).toEqual(encodeEnvelope(bad));
    const { persistent: _, ...properties } = messageProperties(bad, users.inventory);
    expect(retry!.properties).toMatchObject({ ...properties, deliveryMode: 2, headers: history(2) });
    expect(batches.items.at(-1)).toEqual([bad.id]);
    expect(await listDeadLetters(database, 'open', 1)).toEqual([]);
  });

  test('keeps its origin through a second failure', async () => {
    const bad = placedEvent();
    const { log } = await service.start({ hook: () => Promise.reject(new Error('no')) });
    await publishRetry(bad, 3);
    expect(await log.waitFor('message failed; retry scheduled')).toMatchObject({ attempt: 3 });
    await expect.poll(() => retriesFor(bad)).toHaveLength(1);
    const [retry] = retriesFor(bad);
    expect(retry!.fields.routingKey).toBe(`30s.${service.queue(1)}`);
    expect(retry!.properties.headers).toEqual({ ...history(4), ...published });
  });

  test('is a dead letter after five attempts, with its origin', async () => {
    const bad = placedEvent();
    const failure = new TypeError('x is not a function');
    const { log } = await service.start({ hook: () => Promise.reject(failure) });
    await publishRetry(bad, 5);
    await log.waitFor('dead letter');
    const [summary] = await listDeadLetters(database, 'open', 10);
    expect(await findDeadLetter(database, summary!.id)).toMatchObject({
      queue: service.queue(1),
      messageId: bad.id,
      failureReason: 'attempts_exhausted',
      error: 'TypeError: x is not a function',
      stack: failure.stack,
      attempts: 5,
      exchange: 'order.events',
      routingKey: 'order.placed.1',
      publishedBy: users.order,
    });
    expect(retriesFor(bad)).toEqual([]);
  });

  test('is a dead letter at once after a permanent error', async () => {
    const events = placedEvents(3);
    const { log } = await service.start({
      hook: (messages) => {
        if (messages.some(({ id }) => id === events[1]!.id)) throw new PermanentError('no');
      },
    });
    await service.publish(...events);
    await log.waitFor('dead letter');
    expect(retriesFor(events[1]!)).toEqual([]);
    await expect.poll(() => service.effectIds()).toEqual([events[0]!.id, events[2]!.id]);
  });
});

test('origin headers of another user are ignored', async () => {
  const bad = placedEvent();
  const { log } = await service.start({ hook: () => Promise.reject(new Error('no')) });
  const order = await BrokerProbe.open(service.brokerUrl('order'));
  await publishRetry(bad, 5, order);
  expect(await log.waitFor('message failed; retry scheduled')).toMatchObject({ attempt: 1 });
  await expect.poll(() => retriesFor(bad)).toHaveLength(1);
  expect(retriesFor(bad)[0]!.properties.headers).toEqual({
    ...history(2),
    ...published,
    'x-origin-exchange': 'inventory.retry.due',
    'x-origin-routing-key': `1s.${service.queue(1)}`,
  });
});

test('a service cannot publish as another, or to its exchange', async () => {
  const publish = (exchange: string, userId: string): Promise<void> =>
    inventory.publish(exchange, 'stock.held.1', Buffer.from('{}'), { userId });
  await publish('inventory.events', users.inventory);
  await expect(publish('inventory.events', users.order)).rejects.toThrow();
  await expect(publish('order.events', users.inventory)).rejects.toThrow();
});

test('the consumer pauses while its retry cannot be published', async () => {
  const { link, url } = await openLink(service.brokerUrl('inventory'));
  const [bad, good] = placedEvents(2) as [EnvelopeFields, EnvelopeFields];
  const { log } = await service.start({
    publishingUrl: url,
    hook: (messages) => {
      if (isRetried(log)) return;
      if (messages.some(({ id }) => id === bad.id)) throw new Error('no');
    },
  });
  await link.cut();
  await service.publish(bad, good);
  await log.waitFor('consumer paused', 2);
  expect(retriesFor(bad)).toEqual([]);
  await link.restore();
  expect(await log.waitFor('message failed; retry scheduled')).toMatchObject({ attempt: 1 });
  await expect.poll(() => retriesFor(bad)).toHaveLength(1);
  expect(retriesFor(bad)[0]!.properties.headers).toEqual({ ...history(2), ...published });
  await expect.poll(() => service.effectIds()).toContain(good.id);
});

test('after a lost confirm, only the unconfirmed messages are retried again', async () => {
  const events = placedEvents(102);
  const failing = new Set(events.slice(1, 101).map(({ id }) => id));
  let publications = 0;
  const { log, batches } = await service.start({
    hook: (messages) => {
      const bad = messages.find(({ id }) => failing.has(id));
      if (bad) throw new Error(`no: ${bad.id}`); // the same error for all would be the system's fault
    },
    wrapPublisher: (publisher) => ({
      publish: async (publication) => {
        publications += 1;
        const isLost = publications % 51 === 0;
        await publisher.publish(publication);
        if (isLost) throw new PublishOutcomeUnknownError('no confirm');
      },
    }),
  });
  await service.publishToPartition(1, events);
  await log.waitFor('message failed; retry scheduled', 100);
  // Messages of earlier tests may return from their delay queues.
  const own = new Set(toIds(events));
  const effects = async (): Promise<string[]> => (await service.effectIds()).filter((id) => own.has(id));
  await expect.poll(effects).toEqual([events[0]!.id, events[101]!.id]);
  // 100 retries, and one copy per lost confirm.
  const copies = retries.items.filter(
    ({ properties }) => own.has(properties.messageId as string) && properties.headers?.['x-attempt'] === 2,
  );
  expect(copies.length).toBeGreaterThan(100);
  expect(copies.length).toBeLessThanOrEqual(104);
  const handled = batches.items.filter((batch) => batch.includes(events[0]!.id));
  expect(handled.length).toBeLessThanOrEqual(3); // in the batch, alone, and as the control
});
