import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOrderClient } from '../../test/setup/order-client.js';
import { CompletionListener } from './completion-listener.js';
import { InvalidRunError } from './invalid-run-error.js';
import { type RunningShop, ShopUnderLoad } from './shop-under-load.js';

const TEN_ORDERS = { ratePerSecond: 1_000, durationMs: 10 };

// Of the two minutes that completions are waited for; what places orders has timers of its own.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A shop that accepts orders 0, 1, 2…, and announces these completions of each. */
async function createShop(completionsOf: (order: number) => readonly unknown[]): Promise<ShopUnderLoad> {
  const completions = new CompletionListener({ close: () => Promise.resolve() });
  let accepted = 0;
  const client = await createOrderClient((response) => {
    const order = accepted++;
    response.writeHead(202, { location: `/orders/${order}` }).end();
    for (const id of completionsOf(order))
      completions.record(Buffer.from(JSON.stringify({ data: { orderId: String(id) } })));
  });
  const shop: RunningShop = {
    orderUrl: '',
    brokerUrl: '',
    measured: [],
    verify: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  return new ShopUnderLoad('ours', shop, client, completions);
}

test('orders that have all completed count, each with how long it waited', async () => {
  const shop = await createShop((order) => [order, order]);
  const { acceptMs, completedMs } = await shop.measureLatencies(TEN_ORDERS);
  expect(acceptMs).toHaveLength(10);
  expect(completedMs.filter((ms) => ms > 0)).toHaveLength(10);
  await shop.verify();
});

test('one order that was cancelled makes them void: it is waited for two minutes, and never completes', async () => {
  const shop = await createShop((order) => (order === 3 ? [] : [order]));
  const failure = shop.measureLatencies(TEN_ORDERS).catch((error: unknown) => error);
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(120_000);
  expect(await failure).toBeInstanceOf(InvalidRunError);
  expect(await failure).toHaveProperty('message', expect.stringContaining('9 of 10 orders have completed'));
});

test('the completion of an order that is not of this load stands for none that is', async () => {
  const shop = await createShop((order) => (order === 3 ? ['another'] : [order]));
  await shop.measureLatencies(TEN_ORDERS);
  await expect(shop.verify()).rejects.toThrow(new InvalidRunError('ours: 1 orders have not completed.'));
});
