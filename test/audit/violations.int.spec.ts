import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit } from '../../tools/audit/audit.js';
import { instantInvariants, idleInvariants } from '../../tools/audit/invariants/all.js';
import { uniqueKeyMissing } from '../../tools/audit/invariants/unique-keys.js';
import type { Violation } from '../../tools/audit/report.js';
import { testDatabase } from '../../libs/test-support/servers.js';
import { startGateway, type TestGateway } from './test-gateway.js';
import { harmlessChanges, messageCorruptions, orderCorruptions } from './record-corruptions.js';
import { AuditFixture } from './audit-fixture.js';
import { InProcessShop } from './in-process-shop.js';
import { type SampleOrders, createSampleOrders } from './sample-orders.js';
import { type Corruption, ledgerCorruptions, paymentCorruptions, stockCorruptions } from './corruptions.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};

const reported = new Set<string>();
let fixture: AuditFixture;
let sampleOrders: SampleOrders;
let healthyEntries: ReturnType<TestGateway['entries']>;

beforeAll(async () => {
  const gateway = await startGateway();
  const shop = await InProcessShop.open(databaseUrls, gateway.url);
  sampleOrders = await createSampleOrders(shop);
  await shop.close();
  fixture = await AuditFixture.capture(databaseUrls, gateway);
  healthyEntries = [...gateway.entries()];
  await gateway.close();
});

beforeEach(() => fixture.restore(healthyEntries));

afterAll(() => fixture.close());

/** The ids of the violated invariants, and their violations. */
async function runAudit({ accepted: acceptedIds = [] }: Partial<Corruption> = {}) {
  const { invariants } = await audit({ databaseUrls, gatewayUrl: fixture.gateway.url }, { acceptedIds });
  for (const { problem } of invariants.flatMap(({ violations }) => violations)) reported.add(problem.en);
  const violated = invariants
    .map(({ id, violations }) => ({ id, violations: violations.filter(isNotDroppedKey) }))
    .filter(({ violations }) => violations.length > 0);
  const ids = violated.map(({ id }) => id);
  return { ids, violations: violated.flatMap(({ violations }) => violations) };
}

/** The fixture drops all keys, which S3, S7 and Q6 report in every test. */
function isNotDroppedKey({ problem }: Violation): boolean {
  return problem.en !== uniqueKeyMissing.en;
}

test('a database without its unique keys violates S3, S7 and Q6', async () => {
  const { invariants } = await audit({ databaseUrls, gatewayUrl: fixture.gateway.url });
  const found = invariants.flatMap(({ id, violations }) =>
    violations.map(({ facts }) => `${id} ${facts['table']} (${facts['uniqueColumns']})`),
  );
  expect(found).toEqual([
    'S3 reservations (order_id)',
    'S3 payments (order_id)',
    'S3 gateway_operations (order_id, idempotency_key)',
    'S7 idempotency_keys (customer_id, key)',
    'Q6 inbox (consumer, message_id)',
    'Q6 inbox (consumer, message_id)',
    'Q6 inbox (consumer, message_id)',
  ]);
});

test('uncorrupted records violate no invariant', async () => {
  expect(await runAudit()).toEqual({ ids: [], violations: [] });
});

const corruptions = [
  ...stockCorruptions,
  ...paymentCorruptions,
  ...ledgerCorruptions,
  ...orderCorruptions,
  ...messageCorruptions,
];
describe('the auditor reports', () => {
  for (const corruption of corruptions) {
    test(`only ${corruption.reportedBy.join(' and ')} when ${corruption.name}`, async () => {
      await corruption.apply(fixture, sampleOrders);
      const { ids, violations } = await runAudit(corruption);
      expect({ ids, violations }).toMatchObject({ ids: corruption.reportedBy });
      for (const { problem, facts } of violations) {
        expect(Object.keys(facts), problem.en).not.toEqual([]);
      }
    });
  }

  test('a problem from each of its queries', () => {
    const queries = [...instantInvariants, ...idleInvariants].flatMap(({ sql = [] }) => sql);
    expect(queries.map(({ problem }) => problem.en).filter((problem) => !reported.has(problem))).toEqual([]);
  });

  for (const { name, apply } of harmlessChanges) {
    test(`no violation for ${name}`, async () => {
      await apply(fixture, sampleOrders);
      expect(await runAudit()).toEqual({ ids: [], violations: [] });
    });
  }
});
