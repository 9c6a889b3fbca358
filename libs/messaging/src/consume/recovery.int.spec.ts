import type { ConsumeMessage } from 'amqplib';
import { beforeAll, describe, expect, test } from 'vitest';

import { statement } from '#database';
import { listDeadLetters } from '#dead-letters';
import { BrokerProbe, Collector } from '../../../test-support/broker-probe.js';
import {
  ConsumingService,
  toIds,
  openServiceDatabase,
  placedEvent,
  placedEvents,
} from '../../../test-support/consuming-service.js';
import { createGate } from '../../../test-support/gate.js';
import { openLink } from '../../../test-support/open-link.js';
import { encodeEnvelope, messageProperties } from '../envelope.js';

const service = await ConsumingService.prepare();
const { probe, database, users } = service;
const QUEUE = service.queue(0);
const PID = statement('pid', 'SELECT pg_backend_pid() AS pid');
const TERMINATE = statement('terminate', 'SELECT pg_terminate_backend($1)');

describe('without the database the consumer pauses and counts no attempt:', () => {
  test('a session terminated during a batch', async () => {
    const events = placedEvents(3);
    await service.publish(...events);
    let pids: { pid: number }[] = [];
    const { log } = await service.start({
      hook: async (_, { tx }) => {
        if (pids.length > 0) return;
        pids = await tx.query<{ pid: number }>(PID);
        await database.query(TERMINATE, [pids[0]!.pid]);
      },
    });
    await expect.poll(() => service.effectIds()).toEqual(toIds(events));
    expect(log.count('consumer paused')).toBe(1);
    expect(log.count('message failed; retry scheduled')).toBe(0);
  });

  test('a link that is cut and restored', async () => {
    const { link, url } = await openLink(service.databaseUrl);
    const viaLink = await openServiceDatabase(url);
    const { log } = await service.start({ database: viaLink });
    await link.cut();
    const events = placedEvents(3);
    await service.publish(...events);
    await log.waitFor('consumer paused', 3);
    await link.restore();
    await expect.poll(() => service.effectIds()).toEqual(toIds(events));
    expect(log.count('message failed; retry scheduled')).toBe(0);
    expect(await listDeadLetters(database, 'open', 1)).toEqual([]);
  });
});

describe('when the link to the broker is lost', () => {
  test('before the commit, the redelivered batch takes effect once', async () => {
    const { link, url } = await openLink(service.brokerUrl('inventory'));
    const proceed = createGate();
    const events = placedEvents(3);
    const { log, batches } = await service.start({
      consumingUrl: url,
      hook: () => (batches.items.length === 1 ? proceed.opened : undefined),
    });
    await service.publish(...events);
    await batches.waitForCount(1);
    link.reset();
    await log.waitFor('broker connected', 3); // two at the start
    proceed.open();
    await expect.poll(() => service.effectIds()).toEqual(toIds(events));
    await expect.poll(() => batches.items.slice(1).length).toBeGreaterThan(0);
    expect(await service.effectIds()).toEqual(toIds(events));
  });

  test('the consumer resumes once the link is restored', async () => {
    const { link, url } = await openLink(service.brokerUrl('inventory'));
    const { transport } = await service.start({ consumingUrl: url });
    await expect.poll(() => transport.isSubscribed).toBe(true);
    await link.cut();
    await expect.poll(() => transport.isSubscribed).toBe(false);
    const events = placedEvents(2);
    await service.publish(...events);
    await link.restore();
    await expect.poll(() => service.effectIds()).toEqual(toIds(events));
    await expect.poll(() => transport.isSubscribed).toBe(true);
  });
});

describe('a message that was never acknowledged', () => {
  // The queues have no limit; an operator may set one.
  beforeAll(async () => {
    const definition = { 'delivery-limit': 5 };
    const policy = { pattern: `^${QUEUE}$`, definition, 'apply-to': 'queues' };
    await probe.callManagementApi('PUT', '/policies/:vhost/limit', policy);
  });

  /** Receives the message without an acknowledgement until the broker dead-letters it. */
  async function exhaustDeliveryLimit(id: string): Promise<void> {
    const victim = await BrokerProbe.open(service.brokerUrl('inventory'));
    const deadLetterCount = (): Promise<number> => probe.countReady('inventory.dead-letters');
    for (let deaths = 0; (await deadLetterCount()) === 0; deaths += 1) {
      if (deaths > 10) throw new Error('the broker did not dead-letter the message');
      const taken = new Collector<ConsumeMessage>();
      const channel = await victim.openChannel();
      await channel.consume(QUEUE, (message) => message && taken.add(message));
      const died = taken.waitForCount(1).then(([message]) => expect(message!.properties.messageId).toBe(id));
      await Promise.race([died, expect.poll(deadLetterCount).toBe(1)]);
      await channel.close();
    }
  }

  test('is dead-lettered by a policy of the broker and stored with its origin', async () => {
    const event = placedEvent();
    await service.publish(event);
    await exhaustDeliveryLimit(event.id);
    const { log } = await service.start();
    await log.waitFor('dead letter');
    expect(await listDeadLetters(database, 'open', 10)).toMatchObject([
      {
        queue: QUEUE,
        messageId: event.id,
        failureReason: 'delivery_limit',
        attempts: 1,
        exchange: 'order.events',
        routingKey: 'order.placed.1',
        publishedBy: users.order,
        bodyBytes: encodeEnvelope(event).length,
      },
    ]);
    expect(await service.effectIds()).toEqual([]);
  });

  test('keeps the origin of an earlier retry', async () => {
    const event = placedEvent();
    const inventory = await BrokerProbe.open(service.brokerUrl('inventory'));
    await inventory.publish('inventory.retry', `1s.${QUEUE}`, encodeEnvelope(event), {
      ...messageProperties(event, users.inventory),
      headers: {
        'x-attempt': 2,
        'x-origin-user': users.order,
        'x-origin-exchange': 'order.events',
        'x-origin-routing-key': 'order.placed.1',
      },
    });
    await expect.poll(() => probe.countReady(QUEUE)).toBe(1); // after the delay queue
    await exhaustDeliveryLimit(event.id);
    const { log } = await service.start();
    await log.waitFor('dead letter');
    expect(await listDeadLetters(database, 'open', 10)).toMatchObject([
      {
        queue: QUEUE,
        failureReason: 'delivery_limit',
        attempts: 2,
        exchange: 'order.events',
        routingKey: 'order.placed.1',
        publishedBy: users.order,
      },
    ]);
  });
});
