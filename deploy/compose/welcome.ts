import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { ShopClient } from '../../tools/client/shop-client.js';
import type { Transition } from '../../tools/client/api-types.js';

import { renderBanner } from './banner.js';
import { FIRST_ORDER } from './first-order.js';
import { startupHint, findFirstUnready } from './first-unready.js';

/**
 * Waits until the shop is ready, places the first order over REST, prints its transitions and the commands to try. The
 * container keeps running, so that `docker compose logs welcome` prints them again.
 *
 * The order has a fixed idempotency key and is placed only if the shop has none, so an interrupted start creates one
 * order.
 */
const env = process.env;
const INTERNAL_URLS = {
  order: 'http://order:3000',
  inventory: 'http://inventory:3000',
  payment: 'http://payment:3000',
  'gateway-simulator': 'http://gateway-simulator:3000',
} as const;
const BROKER_PORT = Number(env['WELCOME_BROKER_PORT'] ?? 5672);
const HINT_AFTER_MS = 30_000;
const CONSOLE_TIMEOUT_MS = 20_000;

/** Signed at the last `docker compose up`, for 12 h. */
const token = readFileSync(env['WELCOME_TOKEN_FILE'] ?? '/run/secrets/shop/WELCOME_TOKEN', 'utf8').trim();

const shop = new ShopClient(INTERNAL_URLS, { get: () => Promise.resolve(token) });

async function main(): Promise<void> {
  await waitUntilReady();
  const { items } = await shop.orders('?limit=1');
  const newest = items[0] ?? { id: (await shop.place(FIRST_ORDER, 'welcome')).id };
  const steps = items.length === 0 ? await followOrder(newest.id) : [];
  console.log(
    renderBanner({
      order: env['WELCOME_ORDER_URL'] ?? INTERNAL_URLS.order,
      inventory: env['WELCOME_INVENTORY_URL'] ?? INTERNAL_URLS.inventory,
      payment: env['WELCOME_PAYMENT_URL'] ?? INTERNAL_URLS.payment,
      gateway: env['WELCOME_GATEWAY_URL'] ?? INTERNAL_URLS['gateway-simulator'],
      management: env['WELCOME_MANAGEMENT_URL'] ?? '',
      consoleLink: await requestConsoleLink(),
      orderId: newest.id,
      token,
      steps,
    }),
  );
}

/** A one-time link of the console; undefined when the console does not respond, for example because it is not started. */
async function requestConsoleLink(): Promise<string | undefined> {
  const token = await readFile('/run/secrets/console/OPS_CONSOLE_LINK_TOKEN', 'utf8').catch(() => '');
  const deadline = Date.now() + CONSOLE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const response = await fetch('http://console:3004/links', {
      method: 'POST',
      headers: { authorization: `Bearer ${token.trim()}` },
    }).catch(() => undefined);
    if (response?.ok === true) return ((await response.json()) as { readonly link: string }).link;
    await delay(250);
  }
  return undefined;
}

async function followOrder(orderId: string): Promise<Transition[]> {
  const steps: Transition[] = [];
  const { status } = await shop.waitUntilEnded(orderId, (step) => steps.push(step));
  if (status !== 'completed') throw new Error(`the first order, ${orderId}, ended ${status}`);
  return steps;
}

/** Polls until all parts are ready. After 30 s it prints a hint once per part that is not. */
async function waitUntilReady(): Promise<void> {
  const startedAt = Date.now();
  let reported: string | undefined;
  for (;;) {
    const missing = await findFirstUnready(INTERNAL_URLS, BROKER_PORT);
    if (missing === undefined) return;
    if (Date.now() - startedAt > HINT_AFTER_MS && missing !== reported) {
      console.log(startupHint(missing));
      reported = missing;
    }
    await delay(250);
  }
}

await main();
