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

const QUEUE_FULL = 'degraded: a queue is full and rejects events';
const PUBLISH_REFUSED = 'degraded: the broker rejects every event';
const UNSUBSCRIBED = 'degraded: not subscribed to every queue';
const PARTITIONS = 4;
const topologyInput = { contracts: Object.values(eventContracts), subscriptions };

/** The management API, as who may see the bindings. */
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

/** What provisioning does: makes what is missing. */
async function provisionBroker(): Promise<void> {
  await applyTopology(environment.rabbitmqUrl, deriveTopology({ ...topologyInput, partitions: PARTITIONS }));
}

test('queues at their limit: the outbox holds what they refuse, tries again with one event at a time, and nothing is lost', async () => {
  await environment.assertSurvives(async () => {
    const recorder = await environment.recordMessages();
    await environment.process('inventory').stop();
    await environment.callManagementApi('PUT', '/policies/:vhost/tight', {
      pattern: '^inventory\\.order-processing\\.',
      definition: { 'max-length': 2 },
      'apply-to': 'queues',
    });
    const ids = await clients.placeMany(orderRequest, 60);
    await environment.waitForHealth(['order'], QUEUE_FULL);
    const rowsThen = await environment.placedEvents(ids);
    expect(rowsThen.filter(({ isPublished }) => !isPublished).length).toBeGreaterThan(0);
    expect(rowsThen.filter(({ isParked }) => isParked)).toEqual([]);

    // Each try puts a copy into the healthy queues of payment: that of one event per slot, and no more.
    await recorder.waitForDuplicate();
    expect(recorder.duplicates.length).toBeLessThanOrEqual(SLOT_COUNT);

    await environment.process('inventory').start();
    await environment.expectCompleted(ids);
    await environment.waitForHealth(['order'], 'ok');
    await environment.callManagementApi('DELETE', '/policies/:vhost/tight');
  });
});

test('an outbox row that cannot be published is set aside, its neighbours go out, and it follows once put right', async () => {
  await environment.assertSurvives(async () => {
    const link = environment.link('order', 'broker');
    await link.cut();
    const [blockedOrderId = '', ...others] = await clients.placeMany(orderRequest, 10);
    const [row] = await environment.placedEvents([blockedOrderId]);
    await environment.query('order', `UPDATE outbox SET exchange = 'gone.events' WHERE id = $1`, [row?.id]);
    await link.restore();

    const looksSetAside = async (): Promise<boolean> =>
      (await environment.placedEvents([blockedOrderId]))[0]?.isParked ?? false;
    // While others get through: otherwise it might be the broker's fault, and not the row's.
    const later = await clients.placeDuring(orderRequest, () =>
      waitUntil('it is set aside', looksSetAside, Boolean),
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

test('a service that may not publish any more keeps its events, says so, backs off, and goes on when it may again', async () => {
  await environment.assertSurvives(async () => {
    const ids = await withoutPermission('write', async () => {
      const placed = await clients.placeMany(orderRequest, 5);
      await environment.waitForHealth(['order'], PUBLISH_REFUSED);
      const failed = (): Promise<number> => environment.countLogLines('order', 'publishing channel failed');
      const first = await failed();
      const startedAt = performance.now();
      await waitUntil('five more refusals', failed, (count) => count >= first + 5);
      // With a pause of a second between two tries, and half of one allowed for what the first ones are shorter.
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

test('services that may not read their queues any more say so, try once a second, and go on when they may again', async () => {
  await environment.assertSurvives(async () => {
    const ids = await withoutPermission('read', async () => {
      await environment.waitForHealth(serviceNames, UNSUBSCRIBED);
      const refused = (): Promise<number> => environment.countLogLines('inventory', 'could not subscribe');
      const first = await refused();
      const startedAt = performance.now();
      // One for each partition and one for the dead letters, each second.
      await waitUntil('three rounds', refused, (count) => count >= first + 3 * (PARTITIONS + 1));
      expect(performance.now() - startedAt).toBeGreaterThan(1_500);
      return clients.placeMany(orderRequest, 5);
    });
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});

/** Does `work` while no service has this right; a right counts from the next connection on. */
async function withoutPermission<Result>(
  permission: 'read' | 'write',
  work: () => Promise<Result>,
): Promise<Result> {
  const derived = deriveBrokerPermissions({ ...topologyInput, partitions: PARTITIONS });
  const grant = async (taken: object): Promise<void> => {
    for (const service of serviceNames) {
      const { resourcePermissions } = derived.find(({ role }) => role === service)!;
      const user = brokerUserFromUrl(environment.brokerUrls[service]);
      await environment.callManagementApi('PUT', `/permissions/:vhost/${user}`, {
        ...resourcePermissions,
        ...taken,
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

test('a consumer that the broker cancels subscribes again when there is a queue again', async () => {
  await environment.assertSurvives(async () => {
    const channel = await operator.createChannel();
    await channel.deleteQueue('inventory.order-processing.0');
    await environment.waitForHealth(['inventory'], UNSUBSCRIBED);
    expect(await environment.countLogLines('inventory', 'the broker cancelled the consumer')).toBe(1);
    await provisionBroker();
    await environment.waitForHealth(['inventory'], 'ok');
    await environment.expectCompleted(await clients.placeMany(orderRequest, 20));
  });
});

test('messages that one consumer misses because a binding is gone are found by Q5, and processed once sent again', async () => {
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

test('a service whose binding is gone says at its readiness which, until it is back', async () => {
  interface Health {
    readonly status: string;
    readonly checks: { readonly topology: { readonly status: string; readonly detail?: string } };
  }
  const health = async (): Promise<Health> =>
    (await shop.request<Health>('payment', 'GET', '/health/ready')).body;
  await environment.assertSurvives(async () => {
    await waitUntil('payment to miss nothing', health, ({ checks }) => checks.topology.status === 'up');
    const channel = await operator.createChannel();
    await channel.unbindQueue('payment.order-processing.3', 'order.events', 'order.cancelled.7');
    const found = await waitUntil(
      'payment to miss it',
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
    await waitUntil('payment to miss nothing again', health, ({ checks }) => checks.topology.status === 'up');
  });
  expect(await environment.countLogLines('payment', 'alarm cleared')).toBeGreaterThan(0);
});
