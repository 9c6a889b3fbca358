import { Controller } from '@nestjs/common';
import { describe, expect, test } from 'vitest';

import { inventoryOrderProcessing } from '#contracts';
import { listDeadLetters, findDeadLetter } from '#dead-letters';
import {
  ConsumingService,
  toIds,
  PermanentError,
  placedEvent,
  placedEvents,
} from '../../../test-support/consuming-service.js';
import { createGate } from '../../../test-support/gate.js';
import { openLink } from '../../../test-support/open-link.js';
import { encodeEnvelope } from '../envelope.js';
import { Consumes } from './batch-transport.js';

const service = await ConsumingService.prepare({ partitions: 2 });
const { probe, database } = service;

test('a batch is one transaction', async () => {
  const five = placedEvents(5);
  await service.publish(...five);
  const { batches } = await service.start();
  await expect.poll(() => service.effectIds()).toEqual(toIds(five));
  const transactions = new Set((await service.effectRows()).map(({ xid }) => xid));
  expect(transactions.size).toBe(batches.items.length);
  expect(transactions.size).toBeLessThan(5);
});

describe('one bad message fails alone:', () => {
  test('an invalid message', async () => {
    const [first, last] = placedEvents(2);
    await service.publish(first!);
    await probe.publish('order.events', 'order.placed.1', Buffer.from('{"not":"an event"'), {
      messageId: 'bad',
    });
    await service.publish(last!);
    const { log } = await service.start();
    await expect.poll(() => service.effectIds()).toEqual(toIds([first!, last!]));
    await log.waitFor('dead letter');
    const [letter] = await listDeadLetters(database, 'open', 10);
    expect(letter).toMatchObject({ failureReason: 'malformed', messageId: 'bad', attempts: 1 });
  });

  test('a message with a permanent error', async () => {
    const five = placedEvents(5);
    const bad = five[2]!.id;
    await service.publish(...five);
    const { log, batches } = await service.start({
      hook: (messages) => {
        if (messages.some(({ id }) => id === bad)) throw new PermanentError('two captures of one payment');
      },
    });
    await log.waitFor('dead letter');
    await expect.poll(() => service.effectIds()).toEqual(toIds(five).filter((id) => id !== bad));
    expect(batches.items.filter((batch) => batch.includes(bad))).toContainEqual([bad]); // finally alone
    expect(await listDeadLetters(database, 'open', 10)).toMatchObject([
      { messageId: bad, failureReason: 'PermanentError' },
    ]);
  });
});

describe('a dead letter', () => {
  test('stores body, error, stack, attempts and origin', async () => {
    const event = placedEvent();
    await service.publish(event);
    const failure = new PermanentError('captured before authorized');
    const { log } = await service.start({ hook: () => Promise.reject(failure) });
    await log.waitFor('dead letter');
    const [{ id } = { id: '' }] = await listDeadLetters(database, 'open', 1);
    const letter = await findDeadLetter(database, id);
    expect(letter).toMatchObject({
      queue: service.queue(1),
      messageId: event.id,
      type: 'order.placed.v1',
      failureReason: 'PermanentError',
      error: 'PermanentError: captured before authorized',
      stack: failure.stack,
      attempts: 1,
      exchange: 'order.events',
      routingKey: 'order.placed.1',
      publishedBy: service.users.order,
      status: 'open',
      occurrences: 1,
      properties: { messageId: event.id, deliveryMode: 2, contentType: 'application/cloudevents+json' },
    });
    expect(Buffer.from(letter!.bodyBase64, 'base64')).toEqual(encodeEnvelope(event));
  });

  test.each([
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['a surrogate pair where the text is cut', `${'x'.repeat(10_000 - 'Impossible: '.length - 1)}😀`],
  ])('is stored with any error text: %s', async (_, message) => {
    await service.publish(placedEvent());
    const { log } = await service.start({ hook: () => Promise.reject(new PermanentError(message)) });
    await log.waitFor('dead letter');
    expect(await listDeadLetters(database, 'open', 10)).toHaveLength(1);
  });

  test('is stored with any properties, and ignores forged origins', async () => {
    const bytes = Buffer.from([0, 255]);
    await probe.publish('order.events', 'order.placed.1', bytes, {
      messageId: 'id\0',
      type: 'x'.repeat(255),
      correlationId: 'ü'.repeat(127),
      headers: {
        'nul\0': 'nul\0',
        'x-attempt': 2 ** 40,
        'x-origin-user': service.users.order,
        'x-origin-exchange': 'payment.events\0',
        bytes,
        table: { deep: { deeper: ['\0', 1.5, true, null] } },
      },
    });
    const { log } = await service.start();
    await log.waitFor('dead letter');
    const [letter] = await listDeadLetters(database, 'open', 10);
    expect(letter).toMatchObject({
      failureReason: 'malformed',
      attempts: 1,
      exchange: 'order.events',
      routingKey: 'order.placed.1',
      publishedBy: null,
      bodyBytes: 2,
    });
  });
});

describe('a duplicate has no second effect:', () => {
  test('in one batch', async () => {
    const [event, other] = placedEvents(2);
    await service.publish(event!, other!, event!);
    await service.start();
    await expect.poll(() => service.effectIds()).toEqual(toIds([event!, other!]));
  });

  test('in two partitions at once, in different orders', async () => {
    const events = placedEvents(30);
    await Promise.all([
      service.publishToPartition(0, events),
      service.publishToPartition(1, events.toReversed()),
    ]);
    const { log } = await service.start();
    await expect.poll(() => service.effectIds()).toHaveLength(30);
    expect((await service.effectIds()).toSorted()).toEqual(toIds(events));
    expect(log.count('message failed; retry scheduled')).toBe(0);
  });

  test('after a delivery that was handled but not acknowledged', async () => {
    const { link, url } = await openLink(service.brokerUrl('inventory'));
    const event = placedEvent();
    const { batches } = await service.start({
      consumingUrl: url,
      hook: () => {
        if (batches.items.length === 1) link.reset();
      },
    });
    await service.publish(event);
    expect(await batches.waitForCount(2)).toEqual([[event.id], []]); // the inbox has claimed the event before
    expect(await service.effectIds()).toEqual([event.id]);
  });
});

test('an acknowledged message is not redelivered', async () => {
  const [done, fresh] = placedEvents(2);
  await service.publish(done!);
  const first = await service.start();
  await first.batches.waitForCount(1);
  await first.close();
  expect(await service.effectIds()).toEqual([done!.id]);
  const second = await service.start();
  await service.publish(fresh!);
  expect(await second.batches.waitForCount(1)).toEqual([[fresh!.id]]);
});

test('closing settles the batch and requeues further messages', async () => {
  const [current, next] = placedEvents(2);
  const proceed = createGate();
  const first = await service.start({ hook: () => proceed.opened });
  await service.publish(current!);
  await first.batches.waitForCount(1);
  await service.publish(next!);
  const closed = first.close();
  proceed.open();
  await closed;
  expect(await service.effectIds()).toEqual([current!.id]);
  const second = await service.start();
  expect(await second.batches.waitForCount(1)).toEqual([[next!.id]]);
});

test('two @Consumes methods for one subscription are rejected', async () => {
  @Controller()
  class Twice {
    @Consumes(inventoryOrderProcessing)
    async first(): Promise<void> {}

    @Consumes(inventoryOrderProcessing)
    async second(): Promise<void> {}
  }

  await expect(service.start({ controllers: [Twice] })).rejects.toThrow('has two @Consumes methods');
});
