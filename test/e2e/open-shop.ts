import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { waitUntilQuiet } from '../../tools/audit/wait-until-idle.js';
import type { Platform, PlatformOptions } from '../../tools/local/shop.js';
import { Shop } from '../../tools/client/shop-client.js';
import { givenAddress, isGiven, NEEDS_OWN, type ShopAddress, startShop } from './start-shop.js';
import { type ServiceName } from '../../tools/client/api-types.js';

export { isGiven, NEEDS_OWN };

/** Whether the payment service of a given shop lets us in as operators is for `PAYMENT_OPERATOR_TOKEN` to say. */
export const NO_TOKEN = isGiven && process.env['PAYMENT_OPERATOR_TOKEN'] === undefined;

declare module 'vitest' {
  export interface ProvidedContext {
    sharedShop: ShopAddress;
  }
}

export interface OpenShop extends ShopAddress {
  readonly shop: Shop;
  /** Rows of a service's own database. */
  query<Row>(service: ServiceName, sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Everything the processes have logged. */
  logs(): Promise<string>;
}

/** A shop that one spec file may do anything to. */
export interface OwnShop extends OpenShop {
  readonly platform: Platform;
}

/**
 * The shop that the tests share, which no test may stop or change for others. When `ORDER_URL`, `INVENTORY_URL`,
 * `PAYMENT_URL`, `GATEWAY_URL` and `RABBITMQ_URL` are set it is the one that runs there. Call it while tests are
 * collected: `const { shop } = openShop()`.
 */
export function openShop(): OpenShop {
  return open(isGiven ? givenAddress() : inject('sharedShop'));
}

/**
 * A shop of this spec file alone, ended after its last test; its tests are skipped where a shop is given, unless they
 * can do with that one. Call it while tests are collected.
 *
 * @param env further settings of its processes
 */
export async function openOwnShop(env: NonNullable<PlatformOptions['env']> = {}): Promise<OwnShop> {
  if (isGiven) {
    const opened = open(givenAddress());
    return Object.defineProperty(opened, 'platform', { get: notOurs }) as OwnShop;
  }
  const started = await startShop(inject('databaseAccess'), inject('brokerAccess'), env);
  afterAll(started.stop);
  return { ...open(started.address), platform: started.platform };
}

function open(address: ShopAddress): OpenShop {
  const { urls, inside } = address;
  const clients = new Map<ServiceName, Promise<Client>>();
  afterAll(async () => {
    for (const client of clients.values()) await (await client).end();
  });
  return {
    ...address,
    shop: new Shop(urls),
    query: async <Row>(service: ServiceName, sql: string, values: readonly unknown[] = []) => {
      const { databaseUrls } = inside ?? notOurs();
      const client = clients.get(service) ?? connectTo(databaseUrls[service]);
      clients.set(service, client);
      return (await (await client).query(sql, [...values])).rows as Row[];
    },
    logs: async () => {
      const { logFiles } = inside ?? notOurs();
      return (await Promise.all(logFiles.map((file) => readFile(file, 'utf8')))).join('\n');
    },
  };
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

function notOurs(): never {
  throw new Error(NEEDS_OWN);
}

/** Registers the last test of a file: whatever its tests have done to the shop, every invariant holds. */
export function auditAtTheEnd({ shop, inside }: OpenShop): void {
  test('at the end everything is quiet, and every invariant holds', async ({ skip }) => {
    skip(isGiven, NEEDS_OWN);
    const sources = (inside ?? notOurs()).auditSources;
    expect((await waitUntilQuiet(sources, 30_000)).underWay).toEqual([]);
    const { invariants } = await audit(sources, { accepted: shop.accepted });
    const violated = invariants.filter(({ holds }) => !holds);
    expect(violated.map(({ id, violations }) => ({ id, violations }))).toEqual([]);
  });
}
