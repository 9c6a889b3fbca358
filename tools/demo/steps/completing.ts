import { showHistory, showTrace } from '../evidence.js';
import { isDelivered, waitForTrace } from '../message-trace.js';
import { followToEnd, type Step, formatYuan } from '../step-context.js';

/** One order from the POST to completion, with all its messages. */
export const completing: Step = {
  name: 'completing',
  async run(context) {
    const { shop, database, screen, translations, check } = context;
    const t = translations.steps.completing;
    const placed = await shop.place({
      lines: [
        { sku: 'TEA-LONGJING-100G', quantity: 2 },
        { sku: 'TEAPOT-ZISHA-200ML', quantity: 1 },
      ],
      paymentToken: 'tok_visa',
    });
    const order = await followToEnd(context, placed.id);
    const traces = await waitForTrace(database, placed.id);
    const captures = (await shop.ledger(placed.id)).filter(({ operation }) => operation === 'capture');

    screen.evidence(`POST /orders → ${placed.status}  ${t.responded(Math.round(placed.durationMs))}`);
    screen.evidence(t.order(placed.id));
    screen.evidence(t.correlation(placed.correlationId));
    screen.line();
    showTrace(context, order, traces);
    screen.line();
    showHistory(context, order);

    check(t.completed(formatYuan(order.total.amount)), order.status === 'completed');
    check(t.charged, captures.length === 1 && captures[0]?.amount === order.total.amount);
    check(t.delivered(traces.length), traces.every(isDelivered));
    check(
      t.correlated,
      traces.every(({ message }) => message.correlationId === placed.correlationId),
    );
  },
};
