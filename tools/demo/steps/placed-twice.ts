import { randomUUID } from 'node:crypto';

import { wishFor } from '../../client/api-types.js';

import { followToEnd, short, type Step } from '../step-context.js';

/** A client that got no answer sends its order again; one that sends another under the same key is told so. */
export const placedTwice: Step = {
  name: 'placedTwice',
  async play(scene) {
    const { shop, books, screen, texts, check } = scene;
    const t = texts.steps.placedTwice;
    const customerId = `twice-${randomUUID()}`;
    const key = randomUUID();
    const wish = { ...wishFor('WOK-IRON-32CM'), customerId };

    const first = await shop.place(wish, key);
    const second = await shop.place(wish, key);
    const other = await shop.tryToPlace({ ...wishFor('WOK-IRON-32CM', 2), customerId }, key);
    await followToEnd(scene, first.id);
    const orders = await books.count('order', 'SELECT count(*) FROM orders WHERE customer_id = $1', [
      customerId,
    ]);
    const { detail } = other.body as unknown as { detail: string };

    screen.evidence(`Idempotency-Key: ${key}`);
    screen.evidence(`POST /orders  1 × WOK-IRON-32CM → ${first.status}  ${short(first.id)}`);
    screen.evidence(`POST /orders  1 × WOK-IRON-32CM → ${second.status}  ${short(second.id)}`);
    screen.evidence(`POST /orders  2 × WOK-IRON-32CM → ${other.status}  ${detail}`);

    check(t.sameAnswer, second.text === first.text);
    check(t.oneOrder, orders === 1);
    check(t.refused, other.status === 422);
  },
};
