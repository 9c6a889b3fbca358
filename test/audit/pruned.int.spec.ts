import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Service, services } from '#contracts';
import { pruneInbox } from '#inbox';
import { pruneOutbox } from '#outbox';
import { audit } from '../../tools/audit/audit.js';
import { pruneIdempotencyKeys } from '../../apps/order/src/persistence/prune-idempotency-keys.js';
import { uniqueKeyMissing } from '../../tools/audit/invariants/unique-keys.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import { openDatabase } from '../../libs/test-support/database.js';
import { testDatabase } from '../../libs/test-support/servers.js';
import { ageRows } from './age-rows.js';
import { startGateway, type TestGateway } from './test-gateway.js';
import { AuditFixture } from './audit-fixture.js';
import { InProcessShop } from './in-process-shop.js';
import { type SampleOrders, createSampleOrders } from './sample-orders.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};

const databases = {
  order: await openDatabase(databaseUrls.order, []),
  inventory: await openDatabase(databaseUrls.inventory, []),
  payment: await openDatabase(databaseUrls.payment, []),
};
const RETENTION_HOURS = 7 * 24;

let fixture: AuditFixture;
let healthyEntries: ReturnType<TestGateway['entries']>;
let recent: SampleOrders;

beforeAll(async () => {
  const gateway = await startGateway();
  const shop = await InProcessShop.open(databaseUrls, gateway.url);
  const old = await createSampleOrders(shop);
  for (const service of services) await ageDatabase(databaseUrls[service], 30);
  await shop.cancel(old.completed);
  recent = await createSampleOrders(shop, 2);
  await shop.close();
  fixture = await AuditFixture.capture(databaseUrls, gateway);
  healthyEntries = [...gateway.entries()];
  await gateway.close();
});

beforeEach(() => fixture.restore(healthyEntries));

afterAll(() => fixture.close());

async function ageDatabase(url: string, days: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await ageRows(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows, days);
  await client.end();
}

async function prune(table: string, column: string, days: number): Promise<void> {
  for (const service of services) {
    await fixture[service](`DELETE FROM ${table} WHERE ${column} < now() - interval '${days} days'`);
  }
}

/** The number of rows older than seven days, per pruned table. */
async function countOld(): Promise<Record<string, unknown>> {
  const tables: readonly (readonly [Service, string, string])[] = [
    ...services.flatMap((service) => [
      [service, 'outbox', 'published_at'] as const,
      [service, 'inbox', 'claimed_at'] as const,
    ]),
    ['order', 'idempotency_keys', 'created_at'],
    ['payment', 'gateway_operations', 'completed_at'],
  ];
  const counts: Record<string, unknown> = {};
  for (const [service, table, column] of tables) {
    const sql = `SELECT count(*)::integer AS old FROM ${table} WHERE ${column} < now() - interval '7 days'`;
    counts[`${service}.${table}`] = (await fixture[service](sql))[0]?.['old'];
  }
  return counts;
}

async function findViolations() {
  const { invariants } = await audit({ databaseUrls, gatewayUrl: fixture.gateway.url });
  // The fixture drops all keys, which is reported in every test.
  return invariants.flatMap(({ id, violations }) =>
    violations
      .filter(({ problem }) => problem.en !== uniqueKeyMissing.en)
      .map(({ facts }) => ({ id, ...facts })),
  );
}

test('an unpruned history of 30 days violates no invariant', async () => {
  expect(await findViolations()).toEqual([]);
});

test('pruned outboxes violate no invariant', async () => {
  await prune('outbox', 'published_at', 7);
  expect(await findViolations()).toEqual([]);
});

test('the prune tasks delete every old row, violating no invariant', async () => {
  const prunings = [
    ...services.flatMap((service) => [
      pruneOutbox(databases[service], RETENTION_HOURS),
      pruneInbox(databases[service], RETENTION_HOURS),
    ]),
    pruneIdempotencyKeys(databases.order, RETENTION_HOURS),
  ];
  for (const pages of prunings) for await (const _page of pages);
  // The prune task of payment takes the age from the order id, and the order ids here are not aged.
  await fixture.payment(`DELETE FROM gateway_operations WHERE completed_at < now() - interval '7 days'`);

  expect(await findViolations()).toEqual([]);
  expect(await countOld()).toEqual({
    'order.outbox': 0,
    'order.inbox': 0,
    'order.idempotency_keys': 0,
    'inventory.outbox': 0,
    'inventory.inbox': 0,
    'payment.outbox': 0,
    'payment.inbox': 0,
    'payment.gateway_operations': 0,
  });
});

test('every pruned table together violates no invariant', async () => {
  await prune('outbox', 'published_at', 7);
  await prune('inbox', 'claimed_at', 7);
  await fixture.order(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '7 days'`);
  await fixture.payment(`DELETE FROM gateway_operations WHERE completed_at < now() - interval '7 days'`);
  expect(await findViolations()).toEqual([]);
});

test('an inbox pruned before the outboxes violates no invariant', async () => {
  await prune('inbox', 'claimed_at', 7);
  expect(await findViolations()).toEqual([]);
  expect(await waitUntilIdle({ databaseUrls }, 0)).toMatchObject({ isIdle: true, pending: [] });
});

test('empty outboxes after a long idle time violate no invariant', async () => {
  for (const service of services) await ageDatabase(databaseUrls[service], 30);
  await prune('outbox', 'published_at', 7);
  expect(await findViolations()).toEqual([]);
});

test('a row lost from the retained history is reported', async () => {
  await prune('outbox', 'published_at', 7);
  await fixture.payment(`DELETE FROM inbox WHERE type = 'order.confirmed.v1' AND subject = $1`, [
    recent.completed,
  ]);
  await fixture.inventory(`DELETE FROM outbox WHERE type = 'stock.deducted.v1' AND subject = $1`, [
    recent.completed,
  ]);
  const found = await findViolations();
  expect(found.map(({ id }) => id)).toEqual(['S6', 'Q5', 'Q5']);
});
