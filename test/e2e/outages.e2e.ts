import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type AcceptedOrder,
  type Answer,
  wishFor,
  type ServiceName,
  serviceNames,
} from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { auditAtTheEnd, isGiven, NEEDS_OWN, openOwnShop } from './open-shop.js';

// What a killed process was asking the gateway is asked again by the next one, but not before the gateway must have answered.
const opened = await openOwnShop({ payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } });
const { shop, query } = opened;
const sku = await shop.newProduct({ stock: 100_000 });
const wish = wishFor(sku);

beforeEach(({ skip }) => skip(isGiven, NEEDS_OWN));

/** A customer who does not give up: tries under the same key until the order is accepted. */
async function placeForSure(key: string): Promise<string> {
  for (;;) {
    const answer = await shop.tryToPlace(wish, key).catch(() => undefined);
    if (answer?.status === 202) return answer.body.id;
    const mayTryAgain = answer === undefined || [409, 503].includes(answer.status);
    if (!mayTryAgain) throw new Error(`answered ${answer.status}: ${answer.text}`);
    await pause(50);
  }
}

/**
 * Has `count` orders placed, sixteen at a time; when a third of them are accepted `disturb` is called, while the
 * others go on. Resolves to the ids of all of them.
 */
async function placeWhile(count: number, disturb: () => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  let disturbing: Promise<void> | undefined;
  let next = 0;
  const customer = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      ids.push(await placeForSure(randomUUID()));
      if (ids.length >= count / 3) disturbing ??= disturb();
    }
  };
  await Promise.all(Array.from({ length: 16 }, customer));
  await disturbing;
  return ids;
}

async function notEnded(): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM orders WHERE status NOT IN ('completed', 'cancelled')`;
  return (await query<{ count: number }>('order', sql))[0]?.count ?? 0;
}

async function expectCompletedOnce(ids: readonly string[]): Promise<void> {
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
  }
}

async function readiness(service: ServiceName): Promise<string> {
  const { body } = await shop.request<{ status: string }>(service, 'GET', '/health/ready');
  return body.status;
}

/** Waits until every service says of itself that it is so. */
async function allAre(wanted: string): Promise<void> {
  const look = (): Promise<string[]> => Promise.all(serviceNames.map(readiness));
  await until(`all services ${wanted}`, look, (found) => found.every((status) => status === wanted));
}

test('while the broker is away services are ready but degraded, orders are accepted, and are completed when it is back', async () => {
  const { brokerLink } = opened.platform;
  await brokerLink.cut();
  await allAre('degraded');
  const ids: string[] = [];
  for (let count = 0; count < 20; count += 1) ids.push((await shop.place(wish)).id);
  expect(await shop.orders('?status=pending&limit=20')).toMatchObject({
    items: ids.toReversed().map((id) => ({ id })),
  });

  await brokerLink.restore();
  await expectCompletedOnce(ids);
  await allAre('ok');
});

test('once as much waits for the broker as may wait, orders are refused, and those accepted are completed', async () => {
  const { brokerLink, processes } = opened.platform;
  await processes.order.restart({ ORDER_OUTBOX_PENDING_MAX: '10' });
  await brokerLink.cut();
  const ids: string[] = [];
  const place = async (): Promise<Answer<AcceptedOrder>> => {
    const answer = await shop.tryToPlace(wish);
    if (answer.status === 202) ids.push(answer.body.id);
    return answer;
  };
  const refused = await until('an order that is refused', place, ({ status }) => status !== 202);
  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:problem-type:outbox-full' } });
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(ids.length).toBeGreaterThanOrEqual(10);

  await brokerLink.restore();
  await expectCompletedOnce([...ids, await placeForSure(randomUUID())]);
  await processes.order.restart();
});

describe.each(serviceNames)('under load, %s', (name) => {
  test('told to end, drains and exits with 0; every order that was accepted is completed, and charged once', async () => {
    const service = opened.platform.processes[name];
    let code: number | null = null;
    const ids = await placeWhile(90, async () => {
      code = await service.stop();
      await service.start();
    });
    expect(code).toBe(0);
    await expectCompletedOnce(ids);
  });

  test('killed, loses nothing; every order that was accepted is completed, and charged once', async () => {
    // So that the gateway is being asked something at any moment.
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: 100 } });
    const service = opened.platform.processes[name];
    let underWay = 0;
    const ids = await placeWhile(90, async () => {
      await service.kill();
      underWay = await notEnded();
      await service.start();
    });
    expect(underWay).toBeGreaterThan(0);
    await shop.setGatewayModes({});
    await expectCompletedOnce(ids);
  });
});

auditAtTheEnd(opened);
