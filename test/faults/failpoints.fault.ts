import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { Failpoint } from '#failpoints';
import { createOrderRequest, type ServiceName } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

// What a killed process was asking the gateway is asked again by the next one, but not before the gateway must have answered.
const environment = await startFaultEnvironment({ env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } } });
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** Does `provoke` with a service that ends itself at `point`; once it has, looks, and starts it again. */
async function crashAtFailpoint<Result>(
  service: ServiceName,
  point: Failpoint,
  provoke: () => Promise<Result>,
  poll: () => Promise<void> = async () => {},
): Promise<Result> {
  const process = environment.process(service);
  await process.restart({ [`${service.toUpperCase()}_FAILPOINT`]: point });
  const provoked = provoke();
  await process.exited;
  expect(process.signalCode).toBe('SIGKILL');
  await poll();
  await process.start();
  return provoked;
}

async function orderIdsForKey(key: string): Promise<string[]> {
  const sql = 'SELECT order_id FROM idempotency_keys WHERE key = $1';
  const rows = await environment.query<{ order_id: string }>('order', sql, [key]);
  return rows.map((row) => row.order_id);
}

/** How often messages were delivered again on the queues of a service, as the broker counts. */
async function countRedeliveries(service: ServiceName): Promise<number> {
  const queues = await environment.callManagementApi<
    { name: string; message_stats?: { redeliver?: number } }[]
  >('GET', '/queues/:vhost?columns=name,message_stats.redeliver');
  const own = queues.filter(({ name }) => name.startsWith(`${service}.`));
  return own.reduce((sum, { message_stats }) => sum + (message_stats?.redeliver ?? 0), 0);
}

describe('the order service, killed', () => {
  test('before the commit of an order, has not taken it; asked again it takes it once', async () => {
    await environment.assertSurvives(async () => {
      const key = randomUUID();
      const id = await crashAtFailpoint(
        'order',
        'order.before-commit',
        () => clients.place(orderRequest, key),
        async () => expect(await orderIdsForKey(key)).toEqual([]),
      );
      expect(await orderIdsForKey(key)).toEqual([id]);
    });
  });

  test('after the commit and before the answer, answers a second request with the order of the first', async () => {
    await environment.assertSurvives(async () => {
      const key = randomUUID();
      let stored: string[] = [];
      const id = await crashAtFailpoint(
        'order',
        'order.after-commit',
        () => clients.place(orderRequest, key),
        async () => void (stored = await orderIdsForKey(key)),
      );
      expect(stored).toEqual([id]);
      expect(await clients.place(orderRequest, key)).toBe(id);
    });
  });
});

describe('the relay, killed', () => {
  test('before it publishes, publishes after its next start', async () => {
    await environment.assertSurvives(async () => {
      const ids = await crashAtFailpoint('order', 'relay.before-publish', () =>
        clients.placeMany(orderRequest, 10),
      );
      for (const id of ids) expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    });
  });

  test.each(['relay.after-publish', 'relay.after-confirm'] as const)(
    'at “%s”, sends again under the same id, which has one effect',
    async (point) => {
      await environment.assertSurvives(async () => {
        const recorder = await environment.recordMessages();
        const ids = await crashAtFailpoint('order', point, () => clients.placeMany(orderRequest, 10));
        await recorder.waitForDuplicate();
        for (const id of ids) {
          expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
          expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
        }
      });
    },
  );
});

test.each([
  ['inventory', 'consumer.before-commit'],
  ['inventory', 'consumer.after-commit'],
  ['payment', 'consumer.before-commit'],
  ['order', 'consumer.after-commit'],
] as const)(
  'a consumer of %s, killed at “%s”, gets its messages again, has their effect once, and what it owes others gets out',
  async (service, point) => {
    await environment.assertSurvives(async () => {
      const before = await countRedeliveries(service);
      const ids = await crashAtFailpoint(service, point, () => clients.placeMany(orderRequest, 10));
      for (const id of ids) expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
      await waitUntil(
        'a redelivery',
        () => countRedeliveries(service),
        (count) => count > before,
      );
    });
  },
);

test('payment, killed after the gateway has answered and before the commit, asks under the same key: one charge', async () => {
  await environment.assertSurvives(async () => {
    const id = await crashAtFailpoint('payment', 'payment.after-gateway-response', () =>
      clients.place(orderRequest),
    );
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    const [authorized, captured] = await shop.ledger(id);
    expect(authorized).toMatchObject({ operation: 'authorize', requests: 2 });
    expect(captured).toMatchObject({ operation: 'capture', requests: 1 });
  });
});

test('in production no service starts with a crash point, and it says why', async () => {
  const starting = environment.startReplica('order', {
    NODE_ENV: 'production',
    ORDER_FAILPOINT: 'relay.before-publish',
  });
  await expect(starting).rejects.toThrow(/ORDER_FAILPOINT: .*NODE_ENV=production/);
});
