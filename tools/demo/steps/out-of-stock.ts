import { wishFor } from '../../client/api-types.js';

import { showHistory, showLedger } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'MOONCAKE-GIFT-BOX';

/** What is sold out cannot be bought, and nobody pays for it. */
export const outOfStock: Step = {
  name: 'outOfStock',
  async play(scene) {
    const { shop, screen, texts, check } = scene;
    const t = texts.steps.outOfStock;
    const { available } = await shop.stock(SKU);
    const placed = await shop.place(wishFor(SKU));
    const order = await followToEnd(scene, placed.id);
    const ledger = await shop.ledger(placed.id);

    screen.evidence(t.level(SKU, available));
    showHistory(scene, order);
    showLedger(scene, ledger);

    check(t.cancelled, order.status === 'cancelled' && order.reason === 'out_of_stock');
    check(
      t.notCharged,
      ledger.every(({ operation }) => operation !== 'capture'),
    );
  },
};
