import { createOrderRequest } from '../../client/api-types.js';

import { showHistory, showLedger } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'MOONCAKE-GIFT-BOX';

/** Inventory rejects an order for a sold-out product; payment is not captured. */
export const outOfStock: Step = {
  name: 'outOfStock',
  async run(context) {
    const { shop, screen, translations, check } = context;
    const t = translations.steps.outOfStock;
    const { available } = await shop.stock(SKU);
    const placed = await shop.place(createOrderRequest(SKU));
    const order = await followToEnd(context, placed.id);
    const ledger = await shop.ledger(placed.id);

    screen.evidence(t.level(SKU, available));
    showHistory(context, order);
    showLedger(context, ledger);

    check(t.cancelled, order.status === 'cancelled' && order.reason === 'out_of_stock');
    check(
      t.notCharged,
      ledger.every(({ operation }) => operation !== 'capture'),
    );
  },
};
