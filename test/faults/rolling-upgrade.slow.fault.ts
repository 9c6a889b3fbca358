import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

import { CLONE } from '../../tools/client/repository-root.js';
import { type Wish, wishFor } from '../../tools/client/api-types.js';
import type { Service } from '../../tools/local/service-process.js';
import { Shop } from '../../tools/client/shop-client.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';
import { watchInvariants } from './invariant-watch.js';
import { Operator } from './operator.js';
import { untilShared } from './shares.js';

const faults = await BreakableShop.open();
const { customers, platform, shop } = faults;
const operator = await Operator.of(faults, 'order');
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** The settings that make a service the next version of itself. */
const next = (what: 'optional-member' | 'new-type'): Record<string, string> => ({
  NEXT_VERSION: what,
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'next-version.mjs')).href}`,
});

async function replica(
  name: 'order' | 'inventory' | 'payment',
  env: Record<string, string>,
): Promise<Service> {
  const started = await faults.startReplica(name, env);
  onTestFinished(async () => void (await started.stop()));
  return started;
}

/** Orders placed at one replica, one after the other. */
async function placeAt({ url }: Service, what: Wish, count: number): Promise<string[]> {
  const there = new Shop({
    order: url,
    inventory: platform.processes.inventory.url,
    payment: platform.processes.payment.url,
    'gateway-simulator': platform.processes['gateway-simulator'].url,
  });
  for (let placed = 0; placed < count; placed++) await there.place(what);
  shop.accepted.push(...there.accepted);
  return there.accepted;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

/** How many events of these orders were published by each version, as SQL tells the versions apart. */
async function published(
  service: 'order' | 'inventory',
  ids: readonly string[],
  name: string,
  version: string,
): Promise<Record<string, number>> {
  const rows = await faults.query<{ version: string; count: number }>(
    service,
    `SELECT ${version} AS version, count(*)::integer AS count FROM outbox
     WHERE subject = ANY ($1) AND type LIKE $2 AND published_at IS NOT NULL GROUP BY 1 ORDER BY 1`,
    [ids, `${name}.v%`],
  );
  return Object.fromEntries(rows.map(({ version, count }) => [version, count]));
}

/** The audit of the next version, which knows its contracts. @throws when an invariant does not hold, or it is not quiet */
async function auditOfNextVersion(): Promise<void> {
  const { PATH, HOME } = process.env;
  const { databaseUrls, gatewayUrl, broker } = faults.sources;
  await promisify(execFile)(
    process.execPath,
    [join(CLONE, 'dist', 'tools', 'audit', 'main.js'), '--wait', '60s'],
    {
      env: {
        PATH,
        HOME,
        ...next('new-type'),
        AUDIT_ORDER_DATABASE_URL: databaseUrls.order,
        AUDIT_INVENTORY_DATABASE_URL: databaseUrls.inventory,
        AUDIT_PAYMENT_DATABASE_URL: databaseUrls.payment,
        AUDIT_GATEWAY_URL: gatewayUrl,
        AUDIT_RABBITMQ_URL: broker?.url,
      },
    },
  );
}

test('an optional member more: old and new replicas of every service, side by side, understand each other', async () => {
  await faults.survives(async () => {
    const grown = next('optional-member');
    const [order] = await Promise.all([
      replica('order', grown),
      replica('inventory', grown),
      replica('payment', grown),
    ]);
    for (const consumer of ['inventory.order-processing', 'payment.order-processing'])
      await untilShared(faults, consumer, 2, 2);
    const placed = await Promise.all([customers.placeMany(wish, 40), placeAt(order, wish, 40)]);
    const ids = placed.flat();
    await completed(ids);
    // Both have been under way, and each to partitions of both.
    const hasMember = `CASE WHEN data::jsonb ? 'giftMessage' THEN 'new' ELSE 'old' END`;
    expect(await published('order', ids, 'order.placed', hasMember)).toEqual({ new: 40, old: 40 });
    expect(await operator.letters()).toEqual([]);
  });
});

test('a new type, its consumer upgraded first: old and new publish side by side, and nothing is a dead letter', async () => {
  await watchInvariants(faults.sources, async () => {
    await platform.processes.order.restart(next('new-type'));
    await replica('inventory', next('new-type'));
    await untilShared(faults, 'inventory.order-processing', 2, 2);
    const ids = await customers.placeMany(wish, 80);
    await completed(ids);
    const types = await published('inventory', ids, 'stock.held', 'type');
    expect(Object.keys(types)).toEqual(['stock.held.v1', 'stock.held.v2']);
    expect(sum(Object.values(types))).toBe(80);
    expect(await operator.letters()).toEqual([]);
  });
  await auditOfNextVersion();
});

test('a new type, its producer upgraded first: what cannot be read yet is kept, and handled when it can', async () => {
  await watchInvariants(faults.sources, async () => {
    await platform.processes.order.restart();
    await replica('inventory', next('new-type'));
    await untilShared(faults, 'inventory.order-processing', 2, 2);
    const ids = await customers.placeMany(wish, 80);
    const { 'stock.held.v1': old = 0, 'stock.held.v2': kept = 0 } = await until(
      'the stock of all orders is held',
      () => published('inventory', ids, 'stock.held', 'type'),
      (types) => sum(Object.values(types)) === ids.length,
    );
    expect(Math.min(old, kept)).toBeGreaterThan(0);
    await operator.untilThereAre(kept, { reason: 'unsupported_version', status: ['open'] });
    await platform.processes.order.restart(next('new-type'));
    expect(await operator.replayAll()).toBe(kept);
    await completed(ids);
  });
  await auditOfNextVersion();
});
