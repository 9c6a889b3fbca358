import { wishFor } from '../../client/api-types.js';
import { until } from '../../client/wait-until.js';

import { followAllToEnd, type Step } from '../step-context.js';

const ORDERS = 10;

/** The broker is out of reach, and orders are taken all the same. */
export const brokerAway: Step = {
  name: 'brokerAway',
  async play(scene) {
    const { shop, books, platform, screen, texts, check } = scene;
    const t = texts.steps.brokerAway;
    await platform.brokerLink.cut();
    screen.evidence(t.cut);

    const placed = await screen.during(t.placing, async (say) => {
      const answers = [];
      while (answers.length < ORDERS) {
        answers.push(await shop.place(wishFor('EARBUDS-BT5')));
        say(t.taken(answers.length, await books.unpublished('order')));
      }
      return answers;
    });
    const slowest = Math.max(...placed.map(({ tookMs }) => tookMs));
    const waiting = await books.unpublished('order');
    screen.evidence(t.accepted(placed.length, Math.round(slowest)));
    screen.evidence(t.outbox(waiting));
    check(t.kept, placed.length === ORDERS && waiting >= ORDERS);

    await platform.brokerLink.restore();
    screen.evidence(t.restored);
    const orders = await followAllToEnd(
      scene,
      placed.map(({ id }) => id),
    );
    const left = await until(
      'the outbox of order',
      () => books.unpublished('order'),
      (unpublished) => unpublished === 0,
    );
    check(t.completed, orders.every(({ status }) => status === 'completed') && left === 0);
  },
};
