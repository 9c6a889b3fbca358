import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneInbox } from '#inbox';
import { pruneOutbox } from '#outbox';
import { provisionDatabase } from '#runtime';
import * as inventoryTables from '../../../apps/inventory/src/persistence/migrations.js';
import { seedStock } from '../../../apps/inventory/src/use-cases/seed-stock.js';
import * as orderTables from '../../../apps/order/src/persistence/migrations.js';
import { seedCatalogue } from '../../../apps/order/src/use-cases/seed-catalogue.js';
import * as paymentTables from '../../../apps/payment/src/persistence/migrations.js';
import { audit } from '../../audit/audit.js';
import { waitUntilIdle } from '../../audit/wait-until-idle.js';
import { openDatabase } from '../../../libs/test-support/database.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import { minUuidAt, OrderHistory } from './history.js';
import { reserveOutboxPositions, ExpiredRows } from './expired-rows.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};
const database = await openDatabase(databaseUrls.order, []);
const ORDERS = 2_000;
/** Longer than the age of seeded rows, shorter than that of expired rows. */
const RETENTION_HOURS = 20 * 24;

let history: OrderHistory;

beforeAll(async () => {
  const { order, inventory, payment } = databaseUrls;
  await provisionDatabase({ ...orderTables, ownerUrl: order, seed: seedCatalogue });
  await provisionDatabase({ ...inventoryTables, ownerUrl: inventory, seed: seedStock });
  await provisionDatabase({ ...paymentTables, ownerUrl: payment });
  await reserveOutboxPositions(databaseUrls);
  history = await OrderHistory.open(databaseUrls);
  // No relay runs here to publish the events of the seeded catalogue; inventory has its own seed.
  await query('DELETE FROM outbox');
});

afterAll(() => history.close());

async function query<Row>(sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrls.order });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function count(table: string): Promise<number> {
  const [row] = await query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table}`);
  return row?.count ?? 0;
}

test('the audit of seeded orders reports no violation', async () => {
  await history.add(1, ORDERS / 2);
  await history.add(ORDERS / 2 + 1, ORDERS);
  expect(await count('order_transitions')).toBe(5 * ORDERS);
  const { pending } = await waitUntilIdle({ databaseUrls }, 0);
  expect(pending).toEqual([]);
  const { invariants } = await audit({ databaseUrls });
  expect(invariants.flatMap(({ violations }) => violations)).toEqual([]);
});

test('the prune tasks delete all expired rows and no other', async () => {
  const before = [await count('outbox'), await count('inbox')];
  const oldRows = await ExpiredRows.open(databaseUrls);
  expect(await oldRows.add(1_200)).toBe(6 * 1_200);
  for (const pages of [pruneOutbox(database, RETENTION_HOURS), pruneInbox(database, RETENTION_HOURS)])
    for await (const _ of pages);
  expect(await oldRows.count()).toBe(4 * 1_200);
  expect([await count('outbox'), await count('inbox')]).toEqual(before);
  await oldRows.remove();
  expect(await oldRows.count()).toBe(0);
  await oldRows.close();
});

test('the audit reports no violation after seeded orders are removed', async () => {
  await history.removeBefore(minUuidAt(Date.now() - 60_000));
  expect(await count('orders')).toBe(0);
  const { invariants } = await audit({ databaseUrls });
  expect(invariants.flatMap(({ violations }) => violations)).toEqual([]);
});
