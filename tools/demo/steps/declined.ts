import { createOrderRequest } from '../../client/api-types.js';

import { showHistory, showLedger, showStockLevels } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'SILK-SCARF-RED';

/** The gateway declines the authorization; inventory releases the held stock. */
export const declined: Step = {
  name: 'declined',
  async run(context) {
    const { shop, translations, check } = context;
    const t = translations.steps.declined;
    const before = await shop.stock(SKU);
    const placed = await shop.place(createOrderRequest(SKU, 3, 'tok_declined'));
    const order = await followToEnd(context, placed.id);
    const after = await shop.stock(SKU);
    const ledger = await shop.ledger(placed.id);

    showHistory(context, order);
    showLedger(context, ledger);
    showStockLevels(context, SKU, [
      [translations.before, before],
      [translations.after, after],
    ]);

    check(t.cancelled, order.status === 'cancelled' && order.reason === 'payment_declined');
    check(t.refused, ledger.length === 1 && ledger[0]?.status === 'refused');
    check(t.released, after.available === before.available && after.held === before.held);
  },
};
