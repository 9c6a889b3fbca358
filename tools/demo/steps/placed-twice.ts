import { randomUUID } from 'node:crypto';

import { createOrderRequest } from '../../client/api-types.js';

import { followToEnd, shortId, type Step } from '../step-context.js';

/** A repeated request returns the same order; a different order under the same key is rejected. */
export const placedTwice: Step = {
  name: 'placedTwice',
  async run(context) {
    const { database, screen, translations, check } = context;
    const t = translations.steps.placedTwice;
    const customerId = `twice-${randomUUID()}`;
    const shop = context.shop.as(customerId);
    const key = randomUUID();
    const request = createOrderRequest('WOK-IRON-32CM');

    const first = await shop.place(request, key);
    const second = await shop.place(request, key);
    const other = await shop.tryPlace(createOrderRequest('WOK-IRON-32CM', 2), key);
    await followToEnd(context, first.id);
    const orders = await database.count('order', 'SELECT count(*) FROM orders WHERE customer_id = $1', [
      customerId,
    ]);
    const { detail } = other.body as unknown as { detail: string };

    screen.evidence(`Idempotency-Key: ${key}`);
    screen.evidence(`POST /orders  1 × WOK-IRON-32CM → ${first.status}  ${shortId(first.id)}`);
    screen.evidence(`POST /orders  1 × WOK-IRON-32CM → ${second.status}  ${shortId(second.id)}`);
    screen.evidence(`POST /orders  2 × WOK-IRON-32CM → ${other.status}  ${detail}`);

    check(t.sameResponse, second.text === first.text);
    check(t.oneOrder, orders === 1);
    check(t.refused, other.status === 422);
  },
};
