import { setTimeout as delay } from 'node:timers/promises';

import { Shop } from '../../tools/client/shop-client.js';
import { wishFor, type Transition } from '../../tools/client/api-types.js';

import { banner } from './banner.js';
import { adviceFor, missingPart } from './missing-part.js';

/**
 * Waits until the shop is ready, places its first order over REST, shows how the services bring it to its end, and prints
 * what to do next. Its container then stays, so that `docker-compose logs welcome` has an answer.
 *
 * The order is placed where there is none yet, under one key: also a start that was broken off leads to one order only.
 */
const env = process.env;
const INSIDE = {
  order: 'http://order:3000',
  inventory: 'http://inventory:3000',
  payment: 'http://payment:3000',
  'gateway-simulator': 'http://gateway-simulator:3000',
} as const;
const FIRST = wishFor('TEA-LONGJING-100G', 2);
const BROKER_PORT = Number(env['WELCOME_BROKER_PORT'] ?? 5672);
const HINT_AFTER_MS = 30_000;

const shop = new Shop(INSIDE);

async function main(): Promise<void> {
  await untilReady();
  const { items } = await shop.orders('?limit=1');
  const newest = items[0] ?? { id: (await shop.place(FIRST, 'welcome')).id };
  const steps = items.length === 0 ? await follow(newest.id) : [];
  console.log(
    banner({
      order: env['WELCOME_ORDER_URL'] ?? INSIDE.order,
      inventory: env['WELCOME_INVENTORY_URL'] ?? INSIDE.inventory,
      payment: env['WELCOME_PAYMENT_URL'] ?? INSIDE.payment,
      gateway: env['WELCOME_GATEWAY_URL'] ?? INSIDE['gateway-simulator'],
      management: env['WELCOME_MANAGEMENT_URL'] ?? '',
      orderId: newest.id,
      steps,
    }),
  );
}

async function follow(orderId: string): Promise<Transition[]> {
  const steps: Transition[] = [];
  const { status } = await shop.ended(orderId, (step) => steps.push(step));
  if (status !== 'completed') throw new Error(`the first order, ${orderId}, ended ${status}`);
  return steps;
}

/** Says once, when it takes long, what is missing and what to do about it. */
async function untilReady(): Promise<void> {
  const startedAt = Date.now();
  let said: string | undefined;
  for (;;) {
    const missing = await missingPart(INSIDE, BROKER_PORT);
    if (missing === undefined) return;
    if (Date.now() - startedAt > HINT_AFTER_MS && missing !== said) {
      console.log(adviceFor(missing));
      said = missing;
    }
    await delay(250);
  }
}

await main();
