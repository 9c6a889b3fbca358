import { connect } from 'amqplib';
import { afterAll, expect, inject, test } from 'vitest';

import { eventContracts, subscriptions } from '#contracts';
import {
  applyTopology,
  brokerUserFromUrl,
  deriveBrokerPermissions,
  deriveTopology,
  SLOT_COUNT,
} from '#messaging';

import { audit } from '../../tools/audit/audit.js';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const QUEUE_FULL = /^degraded: slot \d+: a queue rejects events/;
const EVERY_SLOT_HELD = /^degraded: every slot held, missing: binding payment\.events/;
const PUBLISH_REFUSED = 'degraded: the broker rejects every event';
const UNSUBSCRIBED = 'degraded: not subscribed to every queue';
const PARTITIONS = 4;
const topologyInput = { contracts: Object.values(eventContracts), subscriptions };

/** URL of the management API, with credentials that may list bindings. */
function managementUrl(): string {
  const { url, user, password } = inject('brokerAccess').management!;
  return Object.assign(new URL(url), { username: user, password }).href;
}

const environment = await startFaultEnvironment({
  env: {
    payment: {
      PAYMENT_RABBITMQ_MANAGEMENT_URL: managementUrl(),
      PAYMENT_TOPOLOGY_CHECK_INTERVAL_MS: '1000',
    },
  },
});
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));
const operator = await connect(environment.rabbitmqUrl);
afterAll(() => operator.close());

/** Declares missing queues and bindings, as provisioning does. */
async function provisionBroker(): Promise<void> {
  await applyTopology(environment.rabbitmqUrl, deriveTopology({ ...topologyInput, partitions: PARTITIONS }));
}

test('events that a full queue rejects are published later', async () => {
  await environment.assertSurvives(async () => {
    const recorder = await environment.recordMessages();
    await environment.process('inventory').stop();
    await environment.callManagementApi('PUT', '/policies/:vhost/tight', {
      pattern: '^inventory\\.order-processing\\.',
      definition: { 'max-length': 2 },
      'apply-to': 'queues',
    });
    const ids = await clients.placeMany(orderRequest, 60);
    await waitUntil(
      'a slot whose queue is full',
      () => environment.health('order'),
      (health) => QUEUE_FULL.test(health),
    );
    const rowsThen = await environment.placedEvents(ids);
    expect(rowsThen.filter(({ isPublished }) => !isPublished).length).toBeGreaterThan(0);
    expect(rowsThen.filter(({ isParked }) => isParked)).toEqual([]);

    // Each retry also reaches payment's healthy queues: at most one event per slot is retried.
    await recorder.waitForDuplicate();
    expect(recorder.duplicates.length).toBeLessThanOrEqual(SLOT_COUNT);

    await environment.process('inventory').start();
    await environment.expectCompleted(ids);
    await environment.waitForHealth(['order'], 'ok');
    await environment.callManagementApi('DELETE', '/policies/:vhost/tight');
  });
});

test('an event without exchange is parked while others are published', async () => {
  await environment.assertSurvives(async () => {
    const link = environment.link('order', 'broker');
    await link.cut();
    const [blockedOrderId = '', ...others] = await clients.placeMany(orderRequest, 10);
    const [row] = await environment.placedEvents([blockedOrderId]);
    await environment.query('order', `UPDATE outbox SET exchange = 'gone.events' WHERE id = $1`, [row?.id]);
    await link.restore();

    const isParked = async (): Promise<boolean> =>
      (await environment.placedEvents([blockedOrderId]))[0]?.isParked ?? false;
    // Other orders prove that the broker is available, so only this row cannot be published.
    const later = await clients.placeDuring(orderRequest, () =>
      waitUntil('a parked event', isParked, Boolean),
    );
    await environment.expectCompleted([...others, ...later]);
    expect(await shop.order(blockedOrderId)).toMatchObject({ status: 'pending' });

    await environment.query(
      'order',
      `UPDATE outbox SET exchange = 'order.events', parked_at = NULL, attempts = 0 WHERE id = $1`,
      [row?.id],
    );
    await environment.expectCompleted([blockedOrderId]);
  });
});

test('a service without write permission keeps events and backs off', async () => {
  await environment.assertSurvives(async () => {
    const ids = await withoutPermission('write', async () => {
      const placed = await clients.placeMany(orderRequest, 5);
      await environment.waitForHealth(['order'], PUBLISH_REFUSED);
      const failed = (): Promise<number> => environment.countLogLines('order', 'publishing channel failed');
      const first = await failed();
      const startedAt = performance.now();
      await waitUntil('five more rejections', failed, (count) => count >= first + 5);
      // The pause grows to 1 s, so five retries take more than 2 s.
      expect(performance.now() - startedAt).toBeGreaterThan(2_000);
      expect(
        (await environment.placedEvents(placed)).filter(
          ({ isPublished, isParked }) => isPublished || isParked,
        ),
      ).toEqual([]);
      return placed;
    });
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});

test('services without read permission resubscribe once a second', async () => {
  await environment.assertSurvives(async () => {
    const ids = await withoutPermission('read', async () => {
      await environment.waitForHealth(serviceNames, UNSUBSCRIBED);
      const rejectedCount = (): Promise<number> => environment.countLogLines('inventory', 'subscribe failed');
      const first = await rejectedCount();
      const startedAt = performance.now();
      // Each second, each partition and the dead-letter queue are rejected once.
      await waitUntil(
        'three rounds of rejections',
        rejectedCount,
        (count) => count >= first + 3 * (PARTITIONS + 1),
      );
      expect(performance.now() - startedAt).toBeGreaterThan(1_500);
      return clients.placeMany(orderRequest, 5);
    });
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});

/** Runs `work` while no service has the permission. Permissions apply to new connections, so links are reset. */
async function withoutPermission<Result>(
  permission: 'read' | 'write',
  work: () => Promise<Result>,
): Promise<Result> {
  const derived = deriveBrokerPermissions({ ...topologyInput, partitions: PARTITIONS });
  const grant = async (overrides: object): Promise<void> => {
    for (const service of serviceNames) {
      const { resourcePermissions } = derived.find(({ role }) => role === service)!;
      const user = brokerUserFromUrl(environment.brokerUrls[service]);
      await environment.callManagementApi('PUT', `/permissions/:vhost/${user}`, {
        ...resourcePermissions,
        ...overrides,
      });
      environment.link(service, 'broker').reset();
    }
  };
  await grant({ [permission]: '^$' });
  try {
    return await work();
  } finally {
    await grant({});
  }
}

test('a cancelled consumer resubscribes when its queue exists again', async () => {
  await environment.assertSurvives(async () => {
    const channel = await operator.createChannel();
    await channel.deleteQueue('inventory.order-processing.0');
    await environment.waitForHealth(['inventory'], UNSUBSCRIBED);
    expect(await environment.countLogLines('inventory', 'broker cancelled the consumer')).toBe(1);
    await provisionBroker();
    await environment.waitForHealth(['inventory'], 'ok');
    await environment.expectCompleted(await clients.placeMany(orderRequest, 20));
  });
});

test('Q5 finds messages lost to a missing binding', async () => {
  await environment.assertSurvives(async () => {
    const channel = await operator.createChannel();
    for (let slot = 0; slot < SLOT_COUNT; slot += 1)
      await channel.unbindQueue(
        `payment.order-processing.${slot % PARTITIONS}`,
        'order.events',
        `order.placed.${slot}`,
      );
    const ids = await clients.placeMany(orderRequest, 5);
    for (const id of ids) await shop.waitForStep(id, ({ stock }) => stock === 'held');
    // Q5 covers published events; the relay marks a confirmed row when it reads the next page.
    await waitUntil(
      'the events to be marked as published',
      () => environment.placedEvents(ids),
      (events) => events.every(({ isPublished }) => isPublished),
    );
    const { invariants } = await audit(environment.auditSources);
    const q5 = invariants.find(({ id }) => id === 'Q5');
    expect(q5?.violations.map(({ facts }) => facts['subject']).sort()).toEqual([...ids].sort());

    await provisionBroker();
    const events = await environment.placedEvents(ids);
    await environment.query('order', 'UPDATE outbox SET published_at = NULL WHERE id = ANY ($1)', [
      events.map(({ id }) => id),
    ]);
    await environment.expectCompleted(ids);
  });
});

test('events wait in the outbox while a binding of their exchange is missing', async () => {
  await environment.assertSurvives(async () => {
    const channel = await operator.createChannel();
    for (let slot = 0; slot < SLOT_COUNT; slot += 1)
      await channel.unbindQueue(
        `order.processing-results.${slot % PARTITIONS}`,
        'payment.events',
        `payment.authorized.${slot}`,
      );
    await waitUntil(
      'payment to hold every slot',
      () => environment.health('payment'),
      (health) => EVERY_SLOT_HELD.test(health),
    );
    const ids = await clients.placeMany(orderRequest, 5);
    for (const id of ids) await shop.waitForStep(id, ({ stock }) => stock === 'held');
    const pending = await waitUntil(
      'an authorization in the outbox of payment for each order',
      () =>
        environment.query<{ isPublished: boolean }>(
          'payment',
          'SELECT published_at IS NOT NULL AS "isPublished" FROM outbox WHERE subject = ANY ($1)',
          [ids],
        ),
      (events) => events.length === ids.length,
    );
    expect(pending.filter(({ isPublished }) => isPublished)).toEqual([]);

    await provisionBroker();
    await environment.expectCompleted(ids);
    await environment.waitForHealth(['payment'], 'ok');
  });
});

test('readiness names the missing binding until it exists again', async () => {
  interface Health {
    readonly status: string;
    readonly checks: { readonly topology: { readonly status: string; readonly detail?: string } };
  }
  const health = async (): Promise<Health> =>
    (await shop.request<Health>('payment', 'GET', '/health/ready')).body;
  await environment.assertSurvives(async () => {
    await waitUntil(
      'payment with a complete topology',
      health,
      ({ checks }) => checks.topology.status === 'up',
    );
    const channel = await operator.createChannel();
    await channel.unbindQueue('payment.order-processing.3', 'order.events', 'order.cancelled.7');
    const found = await waitUntil(
      'payment with a missing binding',
      health,
      ({ checks }) => checks.topology.status === 'degraded',
    );
    expect(found).toMatchObject({
      status: 'degraded',
      checks: {
        topology: {
          detail: 'missing: binding order.events → payment.order-processing.3 (order.cancelled.7)',
        },
      },
    });
    await provisionBroker();
    await waitUntil(
      'payment with a complete topology again',
      health,
      ({ checks }) => checks.topology.status === 'up',
    );
  });
  expect(await environment.countLogLines('payment', 'alarm cleared')).toBeGreaterThan(0);
});
