import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { type OrderRequest, createOrderRequest } from '../../tools/client/api-types.js';
import type { ServiceProcess } from '../../tools/local/service-process.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';
import { auditDuring } from '../../tools/chaos/continuous-audit.js';
import { Operator } from './dead-letter-operator.js';
import { waitForPartitionAssignment } from './partition-assignment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const operator = await Operator.open(environment, 'order');
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** Environment variables that load the next version of a service. */
const nextVersionVariables = (version: 'optional-member' | 'new-type'): Record<string, string> => ({
  NEXT_VERSION: version,
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'next-version.mjs')).href}`,
});

async function startReplica(
  name: 'order' | 'inventory' | 'payment',
  env: Record<string, string>,
): Promise<ServiceProcess> {
  const started = await environment.startReplica(name, env);
  onTestFinished(async () => void (await started.stop()));
  return started;
}

/** Places orders at one replica, one after another; resolves to their ids. */
async function placeAt({ url }: ServiceProcess, request: OrderRequest, count: number): Promise<string[]> {
  const client = environment.createClient(url);
  for (let placed = 0; placed < count; placed++) await client.place(request);
  shop.acceptedIds.push(...client.acceptedIds);
  return client.acceptedIds;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Number of published events of these orders by version; `version` is the SQL expression that distinguishes versions. */
async function countPublished(
  service: 'order' | 'inventory',
  ids: readonly string[],
  name: string,
  version: string,
): Promise<Record<string, number>> {
  const rows = await environment.query<{ version: string; count: number }>(
    service,
    `SELECT ${version} AS version, count(*)::integer AS count FROM outbox
     WHERE subject = ANY ($1) AND type LIKE $2 AND published_at IS NOT NULL GROUP BY 1 ORDER BY 1`,
    [ids, `${name}.v%`],
  );
  return Object.fromEntries(rows.map(({ version, count }) => [version, count]));
}

/** Runs the audit with the next version's contracts. @throws Error if an invariant is violated or the shop is not idle within 60 s */
async function auditNextVersion(): Promise<void> {
  const { PATH, HOME } = process.env;
  const { databaseUrls, gatewayUrl, broker } = environment.auditSources;
  await promisify(execFile)(
    process.execPath,
    [join(REPOSITORY_ROOT, 'dist', 'tools', 'audit', 'main.js'), '--wait', '60s'],
    {
      env: {
        PATH,
        HOME,
        ...nextVersionVariables('new-type'),
        AUDIT_ORDER_DATABASE_URL: databaseUrls.order,
        AUDIT_INVENTORY_DATABASE_URL: databaseUrls.inventory,
        AUDIT_PAYMENT_DATABASE_URL: databaseUrls.payment,
        AUDIT_GATEWAY_URL: gatewayUrl,
        AUDIT_RABBITMQ_URL: broker?.url,
      },
    },
  );
}

test('replicas with and without an optional field understand each other', async () => {
  await environment.assertSurvives(async () => {
    const grown = nextVersionVariables('optional-member');
    const [order] = await Promise.all([
      startReplica('order', grown),
      startReplica('inventory', grown),
      startReplica('payment', grown),
    ]);
    for (const consumer of ['inventory.order-processing', 'payment.order-processing'])
      await waitForPartitionAssignment(environment, consumer, 2, 2);
    const placed = await Promise.all([clients.placeMany(orderRequest, 40), placeAt(order, orderRequest, 40)]);
    const ids = placed.flat();
    await environment.expectCompleted(ids);
    // Both versions published, and replicas of both consumed.
    const hasMember = `CASE WHEN data::jsonb ? 'giftMessage' THEN 'new' ELSE 'old' END`;
    expect(await countPublished('order', ids, 'order.placed', hasMember)).toEqual({ new: 40, old: 40 });
    expect(await operator.deadLetters()).toEqual([]);
  });
});

test('a new event type works with its consumer upgraded first', async () => {
  await auditDuring(environment.auditSources, async () => {
    await environment.process('order').restart(nextVersionVariables('new-type'));
    await startReplica('inventory', nextVersionVariables('new-type'));
    await waitForPartitionAssignment(environment, 'inventory.order-processing', 2, 2);
    const ids = await clients.placeMany(orderRequest, 80);
    await environment.expectCompleted(ids);
    const types = await countPublished('inventory', ids, 'stock.held', 'type');
    expect(Object.keys(types)).toEqual(['stock.held.v1', 'stock.held.v2']);
    expect(sum(Object.values(types))).toBe(80);
    expect(await operator.deadLetters()).toEqual([]);
  });
  await auditNextVersion();
});

test('an unsupported event version is kept until its consumer upgrades', async () => {
  await auditDuring(environment.auditSources, async () => {
    await environment.process('order').restart();
    await startReplica('inventory', nextVersionVariables('new-type'));
    await waitForPartitionAssignment(environment, 'inventory.order-processing', 2, 2);
    const ids = await clients.placeMany(orderRequest, 80);
    const { 'stock.held.v1': old = 0, 'stock.held.v2': kept = 0 } = await waitUntil(
      'held stock of every order',
      () => countPublished('inventory', ids, 'stock.held', 'type'),
      (types) => sum(Object.values(types)) === ids.length,
    );
    expect(Math.min(old, kept)).toBeGreaterThan(0);
    await operator.waitForCount(kept, { failureReason: 'unsupported_version', status: ['open'] });
    await environment.process('order').restart(nextVersionVariables('new-type'));
    expect(await operator.replayAll()).toBe(kept);
    await environment.expectCompleted(ids);
  });
  await auditNextVersion();
});
