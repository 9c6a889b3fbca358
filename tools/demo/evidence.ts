import type { LedgerEntry, Order, StockLevel } from '../client/api-types.js';

import type { MessageTrace } from './message-trace.js';
import { pad } from '../terminal/layout.js';
import { type StepContext, shortId, formatYuan } from './step-context.js';

/**
 * Prints each message of an order: its outbox row, then the queues it was routed to and the inbox rows. Times come from
 * the databases, in ms since the order service started to store the order. `published_at` is the time of marking: the
 * relay marks events after their confirm, so a consumer may have claimed an event earlier.
 */
export function showTrace(
  { screen, translations }: StepContext,
  order: Order,
  traces: readonly MessageTrace[],
): void {
  const t = translations.trace;
  const ms = (at: Date | null | undefined): string => (at ? formatMsSincePlaced(order, at) : '?');
  screen.evidence(screen.style('dim', `   ms  ${t.clock}`));
  screen.evidence(screen.style('dim', `       ${t.marking}`));
  for (const { message, deliveries } of traces) {
    const { producer, id, routingKey, exchange, occurredAt, publishedAt } = message;
    const outbox = `${pad(`${producer}.outbox`, 18)}${shortId(id)}  ${screen.style('bold', pad(routingKey, 24))}`;
    screen.evidence(`${pad(ms(occurredAt), 5, 'right')}  ${outbox}${t.markedPublished(ms(publishedAt))}`);
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

/** Prints the transitions of an order from its history. */
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

/** Prints the gateway's ledger entries of an order. */
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

/** Prints a stock level at several moments, one row each. */
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
