import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import type { LocalShop, LocalShopOptions } from '../../tools/local/shop.js';
import { ShopClient } from '../../tools/client/shop-client.js';
import { TokenSource } from '../../tools/client/token-source.js';
import { checkAnswer } from '../setup/check-answers.js';
import { externalAddress, isExternal, NEEDS_OWN_SHOP, type ShopAddress, startShop } from './start-shop.js';
import { type ServiceName } from '../../tools/client/api-types.js';

export { isExternal, NEEDS_OWN_SHOP };

declare module 'vitest' {
  export interface ProvidedContext {
    sharedShop: ShopAddress;
  }
}

export interface ShopUnderTest extends ShopAddress {
  readonly shop: ShopClient;
  /** Queries the database of a service. Rejects for an external shop. */
  query<Row>(service: ServiceName, sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The log of every process. Rejects for an external shop. */
  logs(): Promise<string>;
}

/** A shop for one spec file, which may stop and restart its processes. */
export interface OwnShopUnderTest extends ShopUnderTest {
  readonly platform: LocalShop;
}

/**
 * The shared shop, which no test may stop. With `ORDER_URL`, `INVENTORY_URL`, `PAYMENT_URL`, `GATEWAY_URL`,
 * `RABBITMQ_URL` and `ACCESS_KEY` set it is the external shop at these addresses. Call it while tests are collected:
 * `const { shop } = openShop()`.
 */
export function openShop(): ShopUnderTest {
  return connectShop(isExternal ? externalAddress() : inject('sharedShop'));
}

/**
 * A shop for this spec file only, stopped after its last test. With an external shop it is that shop, and tests that need
 * its processes must skip. Call it while tests are collected.
 *
 * @param env further variables of its processes
 */
export async function openOwnShop(env: NonNullable<LocalShopOptions['env']> = {}): Promise<OwnShopUnderTest> {
  if (isExternal) {
    const opened = connectShop(externalAddress());
    return Object.defineProperty(opened, 'platform', { get: throwNeedsOwnShop }) as OwnShopUnderTest;
  }
  const started = await startShop(inject('databaseAccess'), inject('brokerAccess'), { env });
  afterAll(started.stop);
  return { ...connectShop(started.address), platform: started.platform };
}

function connectShop(address: ShopAddress): ShopUnderTest {
  const { urls, internals } = address;
  const clients = new Map<ServiceName, Promise<Client>>();
  afterAll(async () => {
    for (const client of clients.values()) await (await client).end();
  });
  return {
    ...address,
    shop: new ShopClient(urls, new TokenSource(address.accessKey), checkAnswer),
    query: async <Row>(service: ServiceName, sql: string, values: readonly unknown[] = []) => {
      const { databaseUrls } = internals ?? throwNeedsOwnShop();
      const client = clients.get(service) ?? connectDatabase(databaseUrls[service]);
      clients.set(service, client);
      return (await (await client).query(sql, [...values])).rows as Row[];
    },
    logs: async () => {
      const { logFiles } = internals ?? throwNeedsOwnShop();
      return (await Promise.all(logFiles.map((file) => readFile(file, 'utf8')))).join('\n');
    },
  };
}

async function connectDatabase(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

function throwNeedsOwnShop(): never {
  throw new Error(NEEDS_OWN_SHOP);
}

/** Registers the last test of a file: after its tests every invariant holds. */
export function auditAfterAll({ shop, internals }: ShopUnderTest): void {
  test('at the end the shop is idle and every invariant holds', async ({ skip }) => {
    skip(isExternal, NEEDS_OWN_SHOP);
    const sources = (internals ?? throwNeedsOwnShop()).auditSources;
    expect((await waitUntilIdle(sources, 30_000)).pending).toEqual([]);
    const { invariants } = await audit(sources, { acceptedIds: shop.acceptedIds });
    const violated = invariants.filter(({ holds }) => !holds);
    expect(violated.map(({ id, violations }) => ({ id, violations }))).toEqual([]);
  });
}
