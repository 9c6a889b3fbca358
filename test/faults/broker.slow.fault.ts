import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const DISCONNECTED = 'degraded: not connected to the broker';
const IN_ALARM = 'degraded: the broker has a resource alarm and blocks publishing';
const OUTBOX_PENDING_MAX = 100;
/** The limit plus the orders that may be accepted within 1 s, the interval of the backlog check. */
const PENDING_COUNT_MAX = OUTBOX_PENDING_MAX + 2_000;
const MEGABYTE = 1024 * 1024;

const environment = await startFaultEnvironment({
  servers: 'own',
  env: {
    order: { ORDER_OUTBOX_PENDING_MAX: String(OUTBOX_PENDING_MAX) },
    inventory: { INVENTORY_CONSUMER_PAUSE_MAX_MS: '1000' },
  },
});
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 1_000_000 }));

/** Resident memory of the order process; 0 without /proc. */
async function orderServiceMemoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${environment.process('order').pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

async function countUnpublished(): Promise<number> {
  const sql = 'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL';
  return (await environment.query<{ count: number }>('order', sql))[0]?.count ?? 0;
}

/** Number of these orders whose `order.placed` event a service has claimed. */
async function countReceived(service: 'inventory' | 'payment', ids: readonly string[]): Promise<number> {
  const sql = `SELECT count(*)::integer AS count FROM inbox WHERE type = 'order.placed.v1' AND subject = ANY ($1)`;
  return (await environment.query<{ count: number }>(service, sql, [ids]))[0]?.count ?? 0;
}

test('a broker crash under load loses no order', async () => {
  await environment.assertSurvives(async () => {
    const ids = await clients.placeDuring(orderRequest, async () => {
      await environment.servers.broker.kill();
      await environment.waitForHealth(serviceNames, DISCONNECTED);
      await environment.servers.broker.start();
      await environment.waitForHealth(serviceNames, 'ok');
    });
    await environment.expectCompleted(ids);
  });
});

test('orders are accepted without a broker until the outbox fills', async () => {
  await environment.assertSurvives(async () => {
    const before = await orderServiceMemoryBytes();
    await environment.servers.broker.stop();
    await environment.waitForHealth(serviceNames, DISCONNECTED);
    const ids: string[] = [];
    const rejectedKey = await placeUntilRejected(ids);
    expect(ids.length).toBeGreaterThanOrEqual(OUTBOX_PENDING_MAX);
    expect(await countUnpublished()).toBeLessThanOrEqual(PENDING_COUNT_MAX);
    expect((await orderServiceMemoryBytes()) - before).toBeLessThan(100 * MEGABYTE);
    const again = await shop.tryPlace(orderRequest, rejectedKey);
    expect(again).toMatchObject({ status: 503, body: { type: 'urn:problem-type:outbox-full' } });
    expect(again.headers.get('retry-after')).toMatch(/^\d+$/);

    await environment.servers.broker.start();
    await environment.expectCompleted([...ids, await clients.place(orderRequest, rejectedKey)]);
  });
});

/** Places orders one after another until one is rejected with 503; resolves to its key. */
async function placeUntilRejected(ids: string[]): Promise<string> {
  for (;;) {
    const key = randomUUID();
    const response = await clients.tryPlace(orderRequest, key);
    if (response?.status === 503) return key;
    ids.push(await clients.place(orderRequest, key));
  }
}

test.each([
  {
    alarm: 'memory',
    raise: ['set_vm_memory_high_watermark', '0.000001'],
    clear: ['set_vm_memory_high_watermark', '0.4'],
  },
  {
    alarm: 'disk',
    raise: ['set_disk_free_limit', '100000GB'],
    clear: ['set_disk_free_limit', '50MB'],
  },
])('a broker in $alarm alarm blocks publishing, not consuming', async ({ raise, clear }) => {
  await environment.assertSurvives(async () => {
    await environment.process('inventory').stop();
    const sentBefore = await clients.placeMany(orderRequest, 20);
    await waitUntil('an empty outbox', countUnpublished, (count) => count === 0);
    await environment.servers.rabbitmqctl(...raise);
    try {
      // The broker blocks a connection at its first publish, and may still accept that event.
      const first = await clients.place(orderRequest);
      await environment.waitForHealth(['order'], IN_ALARM);
      const recorder = await environment.recordMessages();
      const during = await clients.placeMany(orderRequest, 20);
      await environment.process('inventory').start();
      const receivedCount = (): Promise<number> => countReceived('inventory', sentBefore);
      await waitUntil(
        'inventory to claim every event',
        receivedCount,
        (count) => count === sentBefore.length,
      );
      const events = await environment.placedEvents(during);
      expect(events.filter(({ id, isPublished }) => isPublished || recorder.hasReceived(id))).toEqual([]);
      during.push(first);
      sentBefore.push(...during);
    } finally {
      await environment.servers.rabbitmqctl(...clear);
    }
    await environment.expectCompleted(sentBefore);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});

test('a handler that exceeds the consumer timeout has one effect', async () => {
  await environment.assertSurvives(async () => {
    await environment.servers.rabbitmqctl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).',
    );
    environment.link('inventory', 'broker').reset(); // the timeout applies to new channels
    await environment.waitForHealth(['inventory'], DISCONNECTED).catch(() => {});
    await environment.waitForHealth(['inventory'], 'ok');
    const blocker = await environment.openSession('inventory');
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM stock_levels FOR UPDATE');
    const timedOut = (): Promise<number> =>
      environment.countLogLines('inventory', 'consuming channel failed');
    const before = await timedOut();
    const ids = await clients.placeMany(orderRequest, 10);
    await waitUntil('a channel that the broker closes', timedOut, (count) => count > before);
    await blocker.end();
    await environment.expectCompleted(ids);
    await environment.servers.rabbitmqctl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).',
    );
  });
});

test('a database outage beyond the consumer timeout counts one delivery', async () => {
  await environment.assertSurvives(async () => {
    await environment.servers.rabbitmqctl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 3000), application:set_env(rabbit, channel_tick_interval, 500).',
    );
    environment.link('inventory', 'broker').reset(); // the timeout applies to new channels
    await environment.waitForHealth(['inventory'], DISCONNECTED).catch(() => {});
    await environment.waitForHealth(['inventory'], 'ok');
    const count = (message: string): Promise<number> => environment.countLogLines('inventory', message);
    const [timedOut, paused, unsubscribed] = [
      await count('consuming channel failed'),
      await count('consumer paused'),
      await count('consumer unsubscribed until its batch is processed'),
    ];
    await environment.link('inventory', 'database').cut();
    const ids = await clients.placeMany(orderRequest, 10);
    const isUnsubscribed = (): Promise<number> => count('consumer unsubscribed until its batch is processed');
    await waitUntil('the messages to be returned', isUnsubscribed, (found) => found > unsubscribed);
    // Eight more pauses of 2 s: five consumer timeouts.
    await waitUntil(
      'a long outage',
      () => count('consumer paused'),
      (found) => found > paused + 12,
      {
        timeoutMs: 60_000,
      },
    );
    expect(await count('consuming channel failed')).toBe(timedOut);
    await environment.link('inventory', 'database').restore();
    await environment.expectCompleted(ids);
    await environment.servers.rabbitmqctl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).',
    );
  });
});
