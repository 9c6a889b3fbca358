import { wishFor } from '../../client/api-types.js';

import { showHistory, showLedger, showLevels } from '../evidence.js';
import { followToEnd, type Step } from '../step-context.js';

const SKU = 'BRUSH-CALLIGRAPHY-SET';
const QUANTITY = 2;

/** An order that was completed, and is then cancelled by its customer: money and goods go back. */
export const cancelled: Step = {
  name: 'cancelled',
  async play(scene) {
    const { shop, screen, texts, check } = scene;
    const t = texts.steps.cancelled;
    const before = await shop.stock(SKU);
    const placed = await shop.place(wishFor(SKU, QUANTITY));
    const completed = await followToEnd(scene, placed.id);
    const sold = await shop.stock(SKU);
    const asked = await shop.cancel(placed.id);
    const order = await followToEnd(scene, placed.id);
    const after = await shop.stock(SKU);
    const ledger = await shop.ledger(placed.id);

    screen.evidence(`POST /orders/:id/cancel → ${asked.status}`);
    showHistory(scene, order);
    showLedger(scene, ledger);
    showLevels(scene, SKU, [
      [texts.before, before],
      [t.sold, sold],
      [texts.after, after],
    ]);

    const sumOf = (wanted: string): number =>
      ledger.filter(({ operation }) => operation === wanted).reduce((sum, { amount }) => sum + amount, 0);
    const { amount } = order.total;
    check(t.cancelled, completed.status === 'completed' && order.status === 'cancelled');
    check(t.refunded, sumOf('capture') === amount && sumOf('refund') === amount);
    check(
      t.restocked,
      sold.available === before.available - QUANTITY && after.available === before.available,
    );
  },
};
