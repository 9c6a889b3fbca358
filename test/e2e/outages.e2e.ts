import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type AcceptedOrder,
  type ApiResponse,
  createOrderRequest,
  type ServiceName,
  serviceNames,
} from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openOwnShop } from './open-shop.js';

// The next process retries the operations of a killed one when their lease ends, which depends on this timeout.
const opened = await openOwnShop({ payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } });
const { shop, query } = opened;
const sku = await shop.createProduct({ stock: 100_000 });
const orderRequest = createOrderRequest(sku);

beforeEach(({ skip }) => skip(isExternal, NEEDS_OWN_SHOP));

/** Sends a request under the same key until the order is accepted. */
async function placeWithRetries(key: string): Promise<string> {
  for (;;) {
    const response = await shop.tryPlace(orderRequest, key).catch(() => undefined);
    if (response?.status === 202) return response.body.id;
    const mayTryAgain = response === undefined || [409, 503].includes(response.status);
    if (!mayTryAgain) throw new Error(`rejected with ${response.status}: ${response.text}`);
    await pause(50);
  }
}

/**
 * Places `count` orders, sixteen at a time, and calls `disturb` when a third of them are accepted. Resolves to the ids of
 * all orders.
 */
async function placeDuring(count: number, disturb: () => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  let disturbing: Promise<void> | undefined;
  let next = 0;
  const placeOrders = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      ids.push(await placeWithRetries(randomUUID()));
      if (ids.length >= count / 3) disturbing ??= disturb();
    }
  };
  await Promise.all(Array.from({ length: 16 }, placeOrders));
  await disturbing;
  return ids;
}

async function countInFlight(): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM orders WHERE status NOT IN ('completed', 'cancelled')`;
  return (await query<{ count: number }>('order', sql))[0]?.count ?? 0;
}

async function expectCompletedOnce(ids: readonly string[]): Promise<void> {
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
  }
}

async function readStatus(service: ServiceName): Promise<string> {
  const { body } = await shop.request<{ status: string }>(service, 'GET', '/health/ready');
  return body.status;
}

/** Waits until every service reports this status. */
async function waitForStatus(wanted: string): Promise<void> {
  const poll = (): Promise<string[]> => Promise.all(serviceNames.map(readStatus));
  await waitUntil(`all services ${wanted}`, poll, (found) => found.every((status) => status === wanted));
}

test('orders accepted without a broker complete when it returns', async () => {
  const { brokerProxy } = opened.platform;
  await brokerProxy.cut();
  await waitForStatus('degraded');
  const ids: string[] = [];
  for (let count = 0; count < 20; count += 1) ids.push((await shop.place(orderRequest)).id);
  expect(await shop.orders('?status=pending&limit=20')).toMatchObject({
    items: ids.toReversed().map((id) => ({ id })),
  });

  await brokerProxy.restore();
  await expectCompletedOnce(ids);
  await waitForStatus('ok');
});

test('a full outbox rejects orders; accepted ones complete', async () => {
  const { brokerProxy, processes } = opened.platform;
  await processes.order.restart({ ORDER_OUTBOX_PENDING_MAX: '10' });
  await brokerProxy.cut();
  const ids: string[] = [];
  const place = async (): Promise<ApiResponse<AcceptedOrder>> => {
    const response = await shop.tryPlace(orderRequest);
    if (response.status === 202) ids.push(response.body.id);
    return response;
  };
  const refused = await waitUntil('an order that is refused', place, ({ status }) => status !== 202);
  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:problem-type:outbox-full' } });
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(ids.length).toBeGreaterThanOrEqual(10);

  await brokerProxy.restore();
  await expectCompletedOnce([...ids, await placeWithRetries(randomUUID())]);
  await processes.order.restart();
});

describe.each(serviceNames)('under load, %s', (name) => {
  test('a graceful shutdown exits with 0 and loses no order', async () => {
    const service = opened.platform.processes[name];
    let code: number | null = null;
    const ids = await placeDuring(90, async () => {
      code = await service.stop();
      await service.start();
    });
    expect(code).toBe(0);
    await expectCompletedOnce(ids);
  });

  test('a kill loses no order and charges each once', async () => {
    // Slow, so that gateway operations are in flight at any time.
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: 100 } });
    const service = opened.platform.processes[name];
    let inFlight = 0;
    const ids = await placeDuring(90, async () => {
      await service.kill();
      inFlight = await countInFlight();
      await service.start();
    });
    expect(inFlight).toBeGreaterThan(0);
    await shop.setGatewayModes({});
    await expectCompletedOnce(ids);
  });
});

auditAfterAll(opened);
