import type { LedgerEntry, Order, StockLevel } from '../client/api-types.js';

import type { Leg } from './journey.js';
import { pad } from '../terminal/layout.js';
import { type Scene, short, yuan } from './step-context.js';

/**
 * The way of an order: each message with its outbox row, and below it the queues it went to and the inbox rows.
 * Times are the databases' own, in ms since the order service began to store the order.
 */
export function showJourney({ screen, texts }: Scene, order: Order, journey: readonly Leg[]): void {
  const t = texts.journey;
  const ms = (at: Date | null | undefined): string => (at ? sincePlaced(order, at) : '?');
  screen.evidence(screen.ink('dim', `   ms  ${t.clock}`));
  for (const { message, arrivals } of journey) {
    const { producer, id, routingKey, exchange, occurredAt, publishedAt } = message;
    const outbox = `${pad(`${producer}.outbox`, 18)}${short(id)}  ${screen.ink('bold', pad(routingKey, 24))}`;
    screen.evidence(`${pad(ms(occurredAt), 5, 'right')}  ${outbox}${t.published(ms(publishedAt))}`);
    if (arrivals.length === 0)
      screen.evidence(`         ${screen.ink('dim', `${exchange} → ${t.announced}`)}`);
    for (const [index, { queue, inbox }] of arrivals.entries()) {
      const from = index === 0 ? exchange : ' '.repeat(exchange.length);
      screen.evidence(
        `         ${screen.ink('dim', pad(`${from} → ${queue}`, 51))}${t.inbox(ms(inbox?.claimedAt))}`,
      );
    }
  }
}

/** What became of an order step by step, as the order service remembers it. */
export function showHistory({ screen, texts }: Scene, order: Order): void {
  const { trigger, status, stock, payment } = texts.columns;
  screen.table(
    [
      { title: '   ms', align: 'right' },
      { title: trigger },
      { title: status },
      { title: stock },
      { title: payment },
    ],
    order.history.map((step) => [
      sincePlaced(order, new Date(step.at)),
      step.trigger,
      step.to,
      step.stock,
      step.payment,
    ]),
  );
}

/** What the payment gateway has in its own books about an order. */
export function showLedger({ screen, texts }: Scene, entries: readonly LedgerEntry[]): void {
  screen.table(
    [{ title: texts.columns.ledger }, { title: texts.columns.total, align: 'right' }, { title: '' }],
    entries.map(({ operation, amount, status }) => [operation, yuan(amount), status]),
  );
}

/** How a stock level changed, a row for each moment. */
export function showLevels(
  { screen, texts }: Scene,
  sku: string,
  levels: readonly (readonly [when: string, level: StockLevel])[],
): void {
  const { available, held, deducted } = texts.columns;
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

function sincePlaced({ placedAt }: Order, at: Date): string {
  return String(at.getTime() - Date.parse(placedAt));
}
