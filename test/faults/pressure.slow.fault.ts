import { connect } from 'amqplib';
import { afterAll, expect, inject, test } from 'vitest';

import { eventContracts, subscriptions } from '#contracts';
import { applyTopology, brokerUserOf, deriveBrokerRights, deriveTopology, SLOT_COUNT } from '#messaging';

import { audit } from '../../tools/audit/audit.js';
import { wishFor, serviceNames } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';
import { Wiretap } from './wiretap.js';

const FULL = 'degraded: a queue refuses events: it is full';
const REFUSED = 'degraded: the broker takes none of our events';
const UNSUBSCRIBED = 'degraded: not subscribed to every queue';
const PARTITIONS = 4;
const derivedFrom = { contracts: Object.values(eventContracts), subscriptions };

/** The management API, as who may see the bindings. */
function managementUrl(): string {
  const { url, user, password } = inject('brokerAccess').management!;
  return Object.assign(new URL(url), { username: user, password }).href;
}

const faults = await BreakableShop.open({
  env: {
    payment: {
      PAYMENT_RABBITMQ_MANAGEMENT_URL: managementUrl(),
      PAYMENT_TOPOLOGY_CHECK_EVERY_MS: '1000',
    },
  },
});
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));
const operator = await connect(platform.rabbitmqUrl);
afterAll(() => operator.close());

/** What provisioning does: makes what is missing. */
async function provisionBroker(): Promise<void> {
  await applyTopology(platform.rabbitmqUrl, deriveTopology({ ...derivedFrom, partitions: PARTITIONS }));
}

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

test('queues at their limit: the outbox holds what they refuse, tries again with one event at a time, and nothing is lost', async () => {
  await faults.survives(async () => {
    const tap = await Wiretap.listen(platform.rabbitmqUrl);
    await platform.processes.inventory.stop();
    await faults.manage('PUT', '/policies/:vhost/tight', {
      pattern: '^inventory\\.order-processing\\.',
      definition: { 'max-length': 2 },
      'apply-to': 'queues',
    });
    const ids = await customers.placeMany(wish, 60);
    await faults.untilHealth(['order'], FULL);
    const rowsThen = await faults.placedEvents(ids);
    expect(rowsThen.filter(({ isPublished }) => !isPublished).length).toBeGreaterThan(0);
    expect(rowsThen.filter(({ isSetAside }) => isSetAside)).toEqual([]);

    // Each try puts a copy into the healthy queues of payment: that of one event per slot, and no more.
    await tap.untilRepeated();
    expect(tap.repeated.length).toBeLessThanOrEqual(SLOT_COUNT);

    await platform.processes.inventory.start();
    await completed(ids);
    await faults.untilHealth(['order'], 'ok');
    await faults.manage('DELETE', '/policies/:vhost/tight');
  });
});

test('an outbox row that cannot be published is set aside, its neighbours go out, and it follows once put right', async () => {
  await faults.survives(async () => {
    const link = faults.link('order', 'broker');
    await link.cut();
    const [stuck = '', ...others] = await customers.placeMany(wish, 10);
    const [row] = await faults.placedEvents([stuck]);
    await faults.query('order', `UPDATE outbox SET exchange = 'gone.events' WHERE id = $1`, [row?.id]);
    await link.restore();

    const looksSetAside = async (): Promise<boolean> =>
      (await faults.placedEvents([stuck]))[0]?.isSetAside ?? false;
    // While others get through: otherwise it might be the broker's fault, and not the row's.
    const later = await customers.placeDuring(wish, () => until('it is set aside', looksSetAside, Boolean));
    await completed([...others, ...later]);
    expect(await shop.order(stuck)).toMatchObject({ status: 'pending' });

    await faults.query(
      'order',
      `UPDATE outbox SET exchange = 'order.events', set_aside_at = NULL, attempts = 0 WHERE id = $1`,
      [row?.id],
    );
    await completed([stuck]);
  });
});

test('a service that may not publish any more keeps its events, says so, backs off, and goes on when it may again', async () => {
  await faults.survives(async () => {
    const ids = await without('write', async () => {
      const placed = await customers.placeMany(wish, 5);
      await faults.untilHealth(['order'], REFUSED);
      const failed = (): Promise<number> => faults.countLogged('order', 'publishing channel failed');
      const first = await failed();
      const startedAt = performance.now();
      await until('five more refusals', failed, (count) => count >= first + 5);
      // With a pause of a second between two tries, and half of one allowed for what the first ones are shorter.
      expect(performance.now() - startedAt).toBeGreaterThan(2_000);
      expect(
        (await faults.placedEvents(placed)).filter(
          ({ isPublished, isSetAside }) => isPublished || isSetAside,
        ),
      ).toEqual([]);
      return placed;
    });
    await completed(ids);
    await faults.untilHealth(serviceNames, 'ok');
  });
});

test('services that may not read their queues any more say so, try once a second, and go on when they may again', async () => {
  await faults.survives(async () => {
    const ids = await without('read', async () => {
      await faults.untilHealth(serviceNames, UNSUBSCRIBED);
      const refused = (): Promise<number> => faults.countLogged('inventory', 'could not subscribe');
      const first = await refused();
      const startedAt = performance.now();
      // One for each partition and one for the dead letters, each second.
      await until('three rounds', refused, (count) => count >= first + 3 * (PARTITIONS + 1));
      expect(performance.now() - startedAt).toBeGreaterThan(1_500);
      return customers.placeMany(wish, 5);
    });
    await completed(ids);
    await faults.untilHealth(serviceNames, 'ok');
  });
});

/** Does `work` while no service has this right; a right counts from the next connection on. */
async function without<Result>(right: 'read' | 'write', work: () => Promise<Result>): Promise<Result> {
  const rights = deriveBrokerRights({ ...derivedFrom, partitions: PARTITIONS });
  const grant = async (taken: object): Promise<void> => {
    for (const service of serviceNames) {
      const { permissions } = rights.find(({ role }) => role === service)!;
      const user = brokerUserOf(platform.brokerUrls[service]);
      await faults.manage('PUT', `/permissions/:vhost/${user}`, { ...permissions, ...taken });
      faults.link(service, 'broker').reset();
    }
  };
  await grant({ [right]: '^$' });
  try {
    return await work();
  } finally {
    await grant({});
  }
}

test('a consumer that the broker cancels subscribes again when there is a queue again', async () => {
  await faults.survives(async () => {
    const channel = await operator.createChannel();
    await channel.deleteQueue('inventory.order-processing.0');
    await faults.untilHealth(['inventory'], UNSUBSCRIBED);
    expect(await faults.countLogged('inventory', 'the broker cancelled the consumer')).toBe(1);
    await provisionBroker();
    await faults.untilHealth(['inventory'], 'ok');
    await completed(await customers.placeMany(wish, 20));
  });
});

test('messages that one consumer misses because a binding is gone are found by Q5, and processed once sent again', async () => {
  await faults.survives(async () => {
    const channel = await operator.createChannel();
    for (let slot = 0; slot < SLOT_COUNT; slot += 1)
      await channel.unbindQueue(
        `payment.order-processing.${slot % PARTITIONS}`,
        'order.events',
        `order.placed.${slot}`,
      );
    const ids = await customers.placeMany(wish, 5);
    for (const id of ids) await shop.reached(id, ({ stock }) => stock === 'held');
    const { invariants } = await audit(faults.sources);
    const q5 = invariants.find(({ id }) => id === 'Q5');
    expect(q5?.violations.map(({ facts }) => facts['subject']).sort()).toEqual([...ids].sort());

    await provisionBroker();
    const events = await faults.placedEvents(ids);
    await faults.query('order', 'UPDATE outbox SET published_at = NULL WHERE id = ANY ($1)', [
      events.map(({ id }) => id),
    ]);
    await completed(ids);
  });
});

test('a service whose binding is gone says at its readiness which, until it is back', async () => {
  interface Health {
    readonly status: string;
    readonly checks: { readonly topology: { readonly status: string; readonly detail?: string } };
  }
  const health = async (): Promise<Health> =>
    (await shop.request<Health>('payment', 'GET', '/health/ready')).body;
  await faults.survives(async () => {
    await until('payment to miss nothing', health, ({ checks }) => checks.topology.status === 'up');
    const channel = await operator.createChannel();
    await channel.unbindQueue('payment.order-processing.3', 'order.events', 'order.cancelled.7');
    const found = await until(
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
    await until('payment to miss nothing again', health, ({ checks }) => checks.topology.status === 'up');
  });
  expect(await faults.countLogged('payment', 'alarm over')).toBeGreaterThan(0);
});
