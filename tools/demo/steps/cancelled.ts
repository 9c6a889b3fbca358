import { createOrderRequest } from '../../client/api-types.js';

import { showHistory, showLedger, showStockLevels } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'BRUSH-CALLIGRAPHY-SET';
const QUANTITY = 2;

/** A customer cancels a completed order: payment refunds and inventory restocks. */
export const cancelled: Step = {
  name: 'cancelled',
  async run(context) {
    const { shop, screen, translations, check } = context;
    const t = translations.steps.cancelled;
    const before = await shop.stock(SKU);
    const placed = await shop.place(createOrderRequest(SKU, QUANTITY));
    const completed = await followToEnd(context, placed.id);
    const sold = await shop.stock(SKU);
    const cancellation = await shop.cancel(placed.id);
    const order = await followToEnd(context, placed.id);
    const after = await shop.stock(SKU);
    const ledger = await shop.ledger(placed.id);

    screen.evidence(`POST /orders/:id/cancel → ${cancellation.status}`);
    showHistory(context, order);
    showLedger(context, ledger);
    showStockLevels(context, SKU, [
      [translations.before, before],
      [t.sold, sold],
      [translations.after, after],
    ]);

    const sumAmounts = (operationName: string): number =>
      ledger
        .filter(({ operation }) => operation === operationName)
        .reduce((sum, { amount }) => sum + amount, 0);
    const { amount } = order.total;
    check(t.cancelled, completed.status === 'completed' && order.status === 'cancelled');
    check(t.refunded, sumAmounts('capture') === amount && sumAmounts('refund') === amount);
    check(
      t.restocked,
      sold.available === before.available - QUANTITY && after.available === before.available,
    );
  },
};
