import { createOrderRequest } from '../../client/api-types.js';
import { waitUntil } from '../../client/wait-until.js';

import { followAllToEnd, type Step } from '../step-context.js';

const ORDERS = 10;

/** The broker is unavailable, and orders are still accepted. */
export const brokerUnavailable: Step = {
  name: 'brokerUnavailable',
  async run(context) {
    const { shop, database, localShop, screen, translations, check } = context;
    const t = translations.steps.brokerUnavailable;
    await localShop.brokerProxy.cut();
    screen.evidence(t.cut);

    const placed = await screen.withStatus(t.placing, async (updateStatus) => {
      const responses = [];
      while (responses.length < ORDERS) {
        responses.push(await shop.place(createOrderRequest('EARBUDS-BT5')));
        updateStatus(t.progress(responses.length, await database.unpublished('order')));
      }
      return responses;
    });
    const slowest = Math.max(...placed.map(({ durationMs }) => durationMs));
    const waiting = await database.unpublished('order');
    screen.evidence(t.accepted(placed.length, Math.round(slowest)));
    screen.evidence(t.outbox(waiting));
    check(t.allAccepted, placed.length === ORDERS && waiting >= ORDERS);

    await localShop.brokerProxy.restore();
    screen.evidence(t.restored);
    const orders = await followAllToEnd(
      context,
      placed.map(({ id }) => id),
    );
    const left = await waitUntil(
      'the outbox of order',
      () => database.unpublished('order'),
      (unpublished) => unpublished === 0,
    );
    check(t.completed, orders.every(({ status }) => status === 'completed') && left === 0);
  },
};
