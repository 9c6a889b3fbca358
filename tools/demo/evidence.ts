import type { LedgerEntry, Order, StockLevel } from '../client/api-types.js';

import type { MessageTrace } from './message-trace.js';
import { pad } from '../terminal/layout.js';
import { type StepContext, shortId, formatYuan } from './step-context.js';

/**
 * The way of an order: each message with its outbox row, and below it the queues it went to and the inbox rows.
 * Times are the databases' own, in ms since the order service began to store the order.
 */
export function showTrace(
  { screen, translations }: StepContext,
  order: Order,
  traces: readonly MessageTrace[],
): void {
  const t = translations.trace;
  const ms = (at: Date | null | undefined): string => (at ? formatMsSincePlaced(order, at) : '?');
  screen.evidence(screen.style('dim', `   ms  ${t.clock}`));
  for (const { message, deliveries } of traces) {
    const { producer, id, routingKey, exchange, occurredAt, publishedAt } = message;
    const outbox = `${pad(`${producer}.outbox`, 18)}${shortId(id)}  ${screen.style('bold', pad(routingKey, 24))}`;
    screen.evidence(`${pad(ms(occurredAt), 5, 'right')}  ${outbox}${t.published(ms(publishedAt))}`);
    if (deliveries.length === 0)
      screen.evidence(`         ${screen.style('dim', `${exchange} → ${t.announced}`)}`);
    for (const [index, { queue, inbox }] of deliveries.entries()) {
      const from = index === 0 ? exchange : ' '.repeat(exchange.length);
      screen.evidence(
        `         ${screen.style('dim', pad(`${from} → ${queue}`, 51))}${t.inbox(ms(inbox?.claimedAt))}`,
      );
    }
  }
}

/** What became of an order step by step, as the order service remembers it. */
export function showHistory({ screen, translations }: StepContext, order: Order): void {
  const { trigger, status, stock, payment } = translations.columns;
  screen.table(
    [
      { title: '   ms', align: 'right' },
      { title: trigger },
      { title: status },
      { title: stock },
      { title: payment },
    ],
    order.history.map((step) => [
      formatMsSincePlaced(order, new Date(step.at)),
      step.trigger,
      step.to,
      step.stock,
      step.payment,
    ]),
  );
}

/** What the payment gateway has in its own books about an order. */
export function showLedger({ screen, translations }: StepContext, entries: readonly LedgerEntry[]): void {
  screen.table(
    [
      { title: translations.columns.ledger },
      { title: translations.columns.total, align: 'right' },
      { title: '' },
    ],
    entries.map(({ operation, amount, status }) => [operation, formatYuan(amount), status]),
  );
}

/** How a stock level changed, a row for each moment. */
export function showStockLevels(
  { screen, translations }: StepContext,
  sku: string,
  levels: readonly (readonly [when: string, level: StockLevel])[],
): void {
  const { available, held, deducted } = translations.columns;
  screen.table(
    [
      { title: sku },
      { title: available, align: 'right' },
      { title: held, align: 'right' },
      { title: deducted, align: 'right' },
    ],
    levels.map(([when, level]) => [when, ...[level.available, level.held, level.deducted].map(String)]),
  );
}

function formatMsSincePlaced({ placedAt }: Order, at: Date): string {
  return String(at.getTime() - Date.parse(placedAt));
}
