import { showHistory, showJourney } from '../evidence.js';
import { hasArrived, journeyOf } from '../journey.js';
import { followToEnd, type Step, yuan } from '../step-context.js';

/** One order from the POST to its end, and every message on its way. */
export const completing: Step = {
  name: 'completing',
  async play(scene) {
    const { shop, books, screen, texts, check } = scene;
    const t = texts.steps.completing;
    const placed = await shop.place({
      lines: [
        { sku: 'TEA-LONGJING-100G', quantity: 2 },
        { sku: 'TEAPOT-ZISHA-200ML', quantity: 1 },
      ],
      paymentToken: 'tok_visa',
    });
    const order = await followToEnd(scene, placed.id);
    const journey = await journeyOf(books, placed.id);
    const captures = (await shop.ledger(placed.id)).filter(({ operation }) => operation === 'capture');

    screen.evidence(`POST /orders → ${placed.status}  ${t.answered(Math.round(placed.tookMs))}`);
    screen.evidence(t.order(placed.id));
    screen.evidence(t.correlation(placed.correlationId));
    screen.line();
    showJourney(scene, order, journey);
    screen.line();
    showHistory(scene, order);

    check(t.completed(yuan(order.total.amount)), order.status === 'completed');
    check(t.charged, captures.length === 1 && captures[0]?.amount === order.total.amount);
    check(t.arrived(journey.length), journey.every(hasArrived));
    check(
      t.correlated,
      journey.every(({ message }) => message.correlationId === placed.correlationId),
    );
  },
};
