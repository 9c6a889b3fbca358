import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { Failpoint } from '#failpoints';
import { createOrderRequest, type ServiceName } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

// After a kill the next process repeats a gateway request, but not before the gateway timeout has passed.
const environment = await startFaultEnvironment({ env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } } });
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** Runs `provoke` until the service has killed itself at `point`, runs `inspect`, and restarts the service. */
async function crashAtFailpoint<Result>(
  service: ServiceName,
  point: Failpoint,
  provoke: () => Promise<Result>,
  inspect: () => Promise<void> = async () => {},
): Promise<Result> {
  const process = environment.process(service);
  await process.restart({ [`${service.toUpperCase()}_FAILPOINT`]: point });
  const provoked = provoke();
  await process.exited;
  expect(process.signalCode).toBe('SIGKILL');
  await inspect();
  await process.start();
  return provoked;
}

async function orderIdsForKey(key: string): Promise<string[]> {
  const sql = 'SELECT order_id FROM idempotency_keys WHERE key = $1';
  const rows = await environment.query<{ order_id: string }>('order', sql, [key]);
  return rows.map((row) => row.order_id);
}

/** Number of redeliveries on the queues of a service, from the broker's statistics. */
async function countRedeliveries(service: ServiceName): Promise<number> {
  const queues = await environment.callManagementApi<
    { name: string; message_stats?: { redeliver?: number } }[]
  >('GET', '/queues/:vhost?columns=name,message_stats.redeliver');
  const own = queues.filter(({ name }) => name.startsWith(`${service}.`));
  return own.reduce((sum, { message_stats }) => sum + (message_stats?.redeliver ?? 0), 0);
}

describe('order killed by a failpoint', () => {
  test('order killed before its commit accepts the retry', async () => {
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

  test('order killed after its commit returns the same order', async () => {
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

describe('relay killed by a failpoint', () => {
  test('a relay killed before publishing publishes after its restart', async () => {
    await environment.assertSurvives(async () => {
      const ids = await crashAtFailpoint('order', 'relay.before-publish', () =>
        clients.placeMany(orderRequest, 10),
      );
      await environment.expectCompleted(ids);
    });
  });

  test.each(['relay.after-publish', 'relay.after-confirm'] as const)(
    'a relay killed at “%s” republishes under the same id',
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
] as const)('a consumer of %s killed at “%s” has one effect', async (service, point) => {
  await environment.assertSurvives(async () => {
    const before = await countRedeliveries(service);
    const ids = await crashAtFailpoint(service, point, () => clients.placeMany(orderRequest, 10));
    await environment.expectCompleted(ids);
    await waitUntil(
      'a redelivery',
      () => countRedeliveries(service),
      (count) => count > before,
    );
  });
});

test('payment killed between gateway response and commit charges once', async () => {
  await environment.assertSurvives(async () => {
    const id = await crashAtFailpoint('payment', 'payment.after-gateway-response', () =>
      clients.place(orderRequest),
    );
    await environment.expectCompleted([id]);
    const [authorized, captured] = await shop.ledger(id);
    expect(authorized).toMatchObject({ operation: 'authorize', requests: 2 });
    expect(captured).toMatchObject({ operation: 'capture', requests: 1 });
  });
});

test('NODE_ENV=production rejects a failpoint', async () => {
  const starting = environment.startReplica('order', {
    NODE_ENV: 'production',
    ORDER_FAILPOINT: 'relay.before-publish',
  });
  await expect(starting).rejects.toThrow(/ORDER_FAILPOINT: .*NODE_ENV=production/);
});
