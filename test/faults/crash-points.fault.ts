import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { CrashPoint } from '#failpoints';
import { wishFor, type ServiceName } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';
import { Wiretap } from './wiretap.js';

// What a killed process was asking the gateway is asked again by the next one, but not before the gateway must have answered.
const faults = await BreakableShop.open({ env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } } });
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** Does `provoke` with a service that ends itself at `point`; once it has, looks, and starts it again. */
async function crashAt<Result>(
  service: ServiceName,
  point: CrashPoint,
  provoke: () => Promise<Result>,
  look: () => Promise<void> = async () => {},
): Promise<Result> {
  const process = platform.processes[service];
  await process.restart({ [`${service.toUpperCase()}_CRASH_POINT`]: point });
  const provoked = provoke();
  await process.exited;
  expect(process.endedBy).toBe('SIGKILL');
  await look();
  await process.start();
  return provoked;
}

async function ordersUnder(key: string): Promise<string[]> {
  const sql = 'SELECT order_id FROM idempotency_keys WHERE key = $1';
  const rows = await faults.query<{ order_id: string }>('order', sql, [key]);
  return rows.map((row) => row.order_id);
}

/** How often messages were delivered again on the queues of a service, as the broker counts. */
async function redeliveries(service: ServiceName): Promise<number> {
  const queues = await faults.manage<{ name: string; message_stats?: { redeliver?: number } }[]>(
    'GET',
    '/queues/:vhost?columns=name,message_stats.redeliver',
  );
  const own = queues.filter(({ name }) => name.startsWith(`${service}.`));
  return own.reduce((sum, { message_stats }) => sum + (message_stats?.redeliver ?? 0), 0);
}

describe('the order service, killed', () => {
  test('before the commit of an order, has not taken it; asked again it takes it once', async () => {
    await faults.survives(async () => {
      const key = randomUUID();
      const id = await crashAt(
        'order',
        'order: before commit',
        () => customers.place(wish, key),
        async () => expect(await ordersUnder(key)).toEqual([]),
      );
      expect(await ordersUnder(key)).toEqual([id]);
    });
  });

  test('after the commit and before the answer, answers a second request with the order of the first', async () => {
    await faults.survives(async () => {
      const key = randomUUID();
      let stored: string[] = [];
      const id = await crashAt(
        'order',
        'order: after commit, before the answer',
        () => customers.place(wish, key),
        async () => void (stored = await ordersUnder(key)),
      );
      expect(stored).toEqual([id]);
      expect(await customers.place(wish, key)).toBe(id);
    });
  });
});

describe('the relay, killed', () => {
  test('before it publishes, publishes after its next start', async () => {
    await faults.survives(async () => {
      const ids = await crashAt('order', 'relay: before publish', () => customers.placeMany(wish, 10));
      for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    });
  });

  test.each([
    'relay: after publish, before its confirm is seen',
    'relay: after confirm, before marking',
  ] as const)('at “%s”, sends again under the same id, which has one effect', async (point) => {
    await faults.survives(async () => {
      const tap = await Wiretap.listen(platform.rabbitmqUrl);
      const ids = await crashAt('order', point, () => customers.placeMany(wish, 10));
      await tap.untilRepeated();
      for (const id of ids) {
        expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
        expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
      }
    });
  });
});

test.each([
  ['inventory', 'consumer: before commit'],
  ['inventory', 'consumer: after commit, before ack'],
  ['payment', 'consumer: before commit'],
  ['order', 'consumer: after commit, before ack'],
] as const)(
  'a consumer of %s, killed at “%s”, gets its messages again, has their effect once, and what it owes others gets out',
  async (service, point) => {
    await faults.survives(async () => {
      const before = await redeliveries(service);
      const ids = await crashAt(service, point, () => customers.placeMany(wish, 10));
      for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
      await until(
        'a redelivery',
        () => redeliveries(service),
        (count) => count > before,
      );
    });
  },
);

test('payment, killed after the gateway has answered and before the commit, asks under the same key: one charge', async () => {
  await faults.survives(async () => {
    const id = await crashAt('payment', 'payment: after the gateway answered, before commit', () =>
      customers.place(wish),
    );
    expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    const [authorized, captured] = await shop.ledger(id);
    expect(authorized).toMatchObject({ operation: 'authorize', requests: 2 });
    expect(captured).toMatchObject({ operation: 'capture', requests: 1 });
  });
});

test('in production no service starts with a crash point, and it says why', async () => {
  const starting = faults.startReplica('order', {
    NODE_ENV: 'production',
    ORDER_CRASH_POINT: 'relay: before publish',
  });
  await expect(starting).rejects.toThrow(/ORDER_CRASH_POINT: .*NODE_ENV=production/);
});
