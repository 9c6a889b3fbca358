import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../tools/audit/audit.js';
import { testDatabase } from '../../libs/test-support/servers.js';
import { startGateway, type TestGateway } from './test-gateway.js';
import { InProcessShop } from './in-process-shop.js';
import { type SampleOrders, createSampleOrders } from './sample-orders.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};

let gateway: TestGateway;
let shop: InProcessShop;
let sampleOrders: SampleOrders;

beforeAll(async () => {
  gateway = await startGateway();
  shop = await InProcessShop.open(databaseUrls, gateway.url);
  sampleOrders = await createSampleOrders(shop);
});

afterAll(async () => {
  await shop.close();
  await gateway.close();
});

test('orders with every outcome violate no invariant', async () => {
  const { deadLetter: _, ...orders } = sampleOrders;
  const { holds, invariants } = await audit(
    { databaseUrls, gatewayUrl: gateway.url },
    { acceptedIds: Object.values(orders) },
  );
  expect(invariants.flatMap(({ violations }) => violations)).toEqual([]);
  expect(holds).toBe(true);
  expect(invariants.map(({ id }) => id).join(' ')).toBe('S1 S2 S3 S4 S5 S6 S7 Q1 Q2 Q3 Q4 Q5 Q6 Q7');
  for (const { id, checked } of invariants) expect(checked, id).toBeGreaterThan(0);
});
