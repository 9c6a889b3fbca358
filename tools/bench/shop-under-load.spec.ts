import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { InvalidRunError } from './invalid-run-error.js';
import { OrderClient, openLoop } from './load.js';
import { OrderOutcomes } from './order-outcomes.js';
import { type RunningShop, ShopUnderLoad } from './shop-under-load.js';

const TEN_ORDERS = { ratePerSecond: 1_000, durationMs: 10 };
const TEN_MINUTES_MS = 600_000;

// Fakes the stall timer only: the open loop sleeps with timers/promises.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A client with ten connections to a server that passes each response to `respond`. Both end with the test. */
async function createOrderClient(respond: (response: ServerResponse) => void): Promise<OrderClient> {
  const server = createServer((request, response) => {
    request.resume();
    respond(response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = new OrderClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 10);
  onTestFinished(() => client.close());
  return client;
}

/** A shop that accepts orders 0, 1, 2, … and publishes these events, `completed 0` for example, when it accepts one. */
async function createShop(eventsFor: (order: number) => readonly string[]): Promise<ShopUnderLoad> {
  const outcomes = new OrderOutcomes({ close: () => Promise.resolve() });
  let accepted = 0;
  const client = await createOrderClient((response) => {
    const order = accepted++;
    response.writeHead(202, { location: `/orders/${order}` }).end();
    for (const [name, orderId] of eventsFor(order).map((event) => event.split(' ')))
      outcomes.record(`order.${name}.7`, Buffer.from(JSON.stringify({ data: { orderId } })));
  });
  const shop: RunningShop = {
    orderUrl: '',
    brokerUrl: '',
    measured: [],
    verify: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  return new ShopUnderLoad('ours', shop, client, outcomes);
}

test('a duplicate completion counts once', async () => {
  const shop = await createShop((order) => [`completed ${order}`, `completed ${order}`]);
  const { acceptMs, completedMs } = await shop.measureLatencies(TEN_ORDERS);
  expect(acceptMs).toHaveLength(10);
  expect(completedMs.filter((ms) => ms > 0)).toHaveLength(10);
  await shop.verify();
});

test('a cancelled order makes the run invalid', async () => {
  const shop = await createShop((order) => [order === 3 ? 'cancelled 3' : `completed ${order}`]);
  await shop.measureLatencies(TEN_ORDERS);
  await expect(shop.verify()).rejects.toThrow(
    new InvalidRunError('ours: 1 accepted orders have not completed'),
  );
});

test('an order without an outcome makes the run invalid after ten minutes', async () => {
  const shop = await createShop((order) => (order === 3 ? [] : [`completed ${order}`]));
  const failure = shop.measureLatencies(TEN_ORDERS).catch((error: unknown) => error);
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(TEN_MINUTES_MS);
  expect(await failure).toBeInstanceOf(InvalidRunError);
  expect(await failure).toHaveProperty('message', expect.stringContaining('9 of 10 orders have an outcome'));
});

test("the completion of another load's order does not count for verify", async () => {
  const shop = await createShop((order) => [order === 3 ? 'completed another' : `completed ${order}`]);
  await shop.measureLatencies(TEN_ORDERS);
  await expect(shop.verify()).rejects.toThrow(
    new InvalidRunError('ours: 1 accepted orders have not completed'),
  );
});

test('a round places exactly ordersMax orders', async () => {
  const shop = await createShop((order) => [`completed ${order}`]);
  const { orders } = await shop.runRound({ connections: 4, ordersMax: 9, inFlightMax: 2 });
  expect(orders).toBe(9);
  expect(shop.acceptedIds).toHaveLength(9);
});

test('an open loop measures from the due time, whatever the responses', async () => {
  const client = await createOrderClient(respondAfterAll(10));
  const accepted = await openLoop(client, { ratePerSecond: 200, durationMs: 50 });
  const startedAt = accepted[0]!.sentAt;
  expect(accepted.map(({ sentAt }) => Math.round(1000 * (sentAt - startedAt)))).toEqual(
    Array.from({ length: 10 }, (_, index) => 5_000 * index),
  );
  const [first, last] = [accepted.at(0)!, accepted.at(-1)!];
  expect(first.respondedAt).toBeGreaterThanOrEqual(last.sentAt);
});

function respondAfterAll(total: number): (response: ServerResponse) => void {
  const held: ServerResponse[] = [];
  return (response) => {
    held.push(response);
    if (held.length < total) return;
    for (const [index, one] of held.entries()) one.writeHead(202, { location: `/orders/${index}` }).end();
  };
}
