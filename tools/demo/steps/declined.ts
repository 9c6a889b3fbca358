import { wishFor } from '../../client/api-types.js';

import { showHistory, showLedger, showLevels } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'SILK-SCARF-RED';

/** A card that is declined: the stock that was held for the order goes back. */
export const declined: Step = {
  name: 'declined',
  async play(scene) {
    const { shop, texts, check } = scene;
    const t = texts.steps.declined;
    const before = await shop.stock(SKU);
    const placed = await shop.place(wishFor(SKU, 3, 'tok_declined'));
    const order = await followToEnd(scene, placed.id);
    const after = await shop.stock(SKU);
    const ledger = await shop.ledger(placed.id);

    showHistory(scene, order);
    showLedger(scene, ledger);
    showLevels(scene, SKU, [
      [texts.before, before],
      [texts.after, after],
    ]);

    check(t.cancelled, order.status === 'cancelled' && order.reason === 'payment_declined');
    check(t.refused, ledger.length === 1 && ledger[0]?.status === 'refused');
    check(t.givenBack, after.available === before.available && after.held === before.held);
  },
};
