import { describe, expect, it } from 'vitest';
import {
  decide,
  ImpossibleTransition,
  placeOrder,
  type OrderProcess,
  type Trigger,
} from './order-process.js';
import {
  cellOf,
  orderTransitions,
  paymentSaysNext,
  paymentWords,
  stockSaysNext,
  stockWords,
  type PaymentReport,
  type StockReport,
} from './order-table.js';

const stockSays = (report: StockReport, sequence: number): Trigger => ({
  kind: 'stock_reported',
  report,
  sequence,
});
const paymentSays = (report: PaymentReport, sequence: number): Trigger => ({
  kind: 'payment_reported',
  report,
  sequence,
});
const customerCancels: Trigger = { kind: 'customer_cancelled' };
const deadlinePasses: Trigger = { kind: 'deadline_passed' };

/** The order after all triggers, each of which must be done. */
function orderAfter(...triggers: readonly Trigger[]): OrderProcess {
  return triggers.reduce((order, trigger) => {
    const decision = decide(order, trigger);
    if (decision.outcome !== 'done') throw new Error(`${trigger.kind} was ${decision.outcome}`);
    return decision.order;
  }, placeOrder('o-1'));
}

const confirmed = [stockSays('held', 1), paymentSays('authorized', 2)];
const completed = [...confirmed, stockSays('deducted', 2), paymentSays('captured', 4)];

describe('the order table', () => {
  const cells = [null, 'customer_request' as const].flatMap((cancellation) =>
    stockWords.flatMap((stock) => paymentWords.map((payment) => ({ stock, payment, cancellation }))),
  );

  /** Every order one report away from this cell, the report being the one that leads here. */
  function waysInto({ stock, payment, cancellation }: (typeof cells)[number]) {
    const order: OrderProcess = {
      ...placeOrder('o-1'),
      status: cancellation === null ? 'pending' : 'cancelling',
      cancellation,
    };
    const byStock = stockWords
      .filter((before) => stock !== 'silent' && stockSaysNext[before].includes(stock))
      .map((before) => ({
        order: { ...order, stock: before, payment },
        trigger: stockSays(stock as StockReport, 9),
      }));
    const byPayment = paymentWords
      .filter((before) => payment !== 'silent' && paymentSaysNext[before].includes(payment))
      .map((before) => ({
        order: { ...order, stock, payment: before },
        trigger: paymentSays(payment as PaymentReport, 9),
      }));
    return [...byStock, ...byPayment];
  }

  it.each(cells)('is obeyed when stock is $stock, payment $payment, cancellation $cancellation', (cell) => {
    const inTable = cellOf(cell.stock, cell.payment, cell.cancellation);
    const ways = waysInto(cell);
    if (ways.length === 0) expect(cell).toMatchObject({ stock: 'silent', payment: 'silent' });
    for (const { order, trigger } of ways) {
      const run = () => decide(order, trigger);
      switch (inTable.kind) {
        case 'status':
          expect(run()).toMatchObject({ outcome: 'done', order: { ...cell, status: inTable.status } });
          break;
        case 'cancels':
          expect(run()).toMatchObject({
            outcome: 'done',
            order: { ...cell, status: 'cancelling', cancellation: inTable.reason },
            announces: 'order.cancelled',
          });
          break;
        case 'impossible':
          expect(run).toThrow(ImpossibleTransition);
          expect(run).toThrow(inTable.why);
      }
    }
  });

  it('ends a cancellation when both sides are settled, and only then', () => {
    const stockSettled = new Set(['rejected', 'released', 'restocked']);
    const paymentSettled = new Set(['declined', 'voided', 'refunded']);
    for (const { stock, payment, cancellation } of cells) {
      const cell = cellOf(stock, payment, cancellation);
      if (cancellation === null || cell.kind !== 'status') continue;
      const settled = stockSettled.has(stock) && paymentSettled.has(payment);
      expect(cell.status, `${stock} × ${payment}`).toBe(settled ? 'cancelled' : 'cancelling');
    }
  });

  it('never ends a cancellation in the step that begins it', () => {
    for (const { stock, payment } of cells) {
      const before = cellOf(stock, payment, null);
      if (before.kind === 'impossible') continue;
      expect(cellOf(stock, payment, 'timed_out'), `${stock} × ${payment}`).toMatchObject({
        status: 'cancelling',
      });
    }
  });

  it('leads to every listed transition and to no other', () => {
    const found = new Set([`null → ${placeOrder('o-1').status}`]);
    const seen = new Set<string>();
    const queue = [placeOrder('o-1')];
    for (const order of queue) {
      for (const trigger of everyTrigger(order)) {
        const next = decideOrNull(order, trigger);
        if (!next) continue;
        found.add(`${order.status} → ${next.status}`);
        const key = `${next.stock} ${next.payment} ${next.cancellation}`;
        if (!seen.has(key)) queue.push(next);
        seen.add(key);
      }
    }
    expect([...found].sort()).toEqual(orderTransitions.map(([from, to]) => `${from} → ${to}`).sort());
  });

  function everyTrigger(order: OrderProcess): Trigger[] {
    return [
      ...stockSaysNext[order.stock].map((report) => stockSays(report, order.stockSequence + 1)),
      ...paymentSaysNext[order.payment].map((report) => paymentSays(report, order.paymentSequence + 1)),
      customerCancels,
      deadlinePasses,
    ];
  }

  function decideOrNull(order: OrderProcess, trigger: Trigger): OrderProcess | null {
    try {
      const decision = decide(order, trigger);
      return decision.outcome === 'done' ? decision.order : null;
    } catch (error) {
      if (error instanceof ImpossibleTransition) return null;
      throw error;
    }
  }
});

describe('an order', () => {
  it('is pending when placed, and cancelling as soon as it is cancelled', () => {
    const order = placeOrder('o-1');
    expect(order).toMatchObject({ status: 'pending', stock: 'silent', payment: 'silent', version: 1 });
    expect(orderAfter(customerCancels).status).toBe('cancelling');
  });

  it('is confirmed when stock is held and payment authorized, in either order', () => {
    expect(decide(orderAfter(stockSays('held', 1)), paymentSays('authorized', 2))).toMatchObject({
      order: { status: 'confirmed', version: 3 },
      announces: 'order.confirmed',
    });
    expect(decide(orderAfter(paymentSays('authorized', 2)), stockSays('held', 1))).toMatchObject({
      order: { status: 'confirmed', version: 3 },
      announces: 'order.confirmed',
    });
  });

  it('is completed when the stock is deducted and the money captured', () => {
    const almost = orderAfter(...confirmed, paymentSays('captured', 4));
    expect(almost.status).toBe('confirmed');
    expect(decide(almost, stockSays('deducted', 2))).toMatchObject({
      order: { status: 'completed', version: 5 },
      announces: 'order.completed',
    });
  });

  it('begins a cancellation itself when either side refuses', () => {
    expect(orderAfter(stockSays('rejected', 1)).cancellation).toBe('out_of_stock');
    expect(orderAfter(paymentSays('declined', 2)).cancellation).toBe('payment_declined');
    expect(orderAfter(...confirmed, paymentSays('capture_failed', 4)).cancellation).toBe('payment_failed');
  });

  it('is cancelled by the second refusal when the first began the cancellation', () => {
    const refused = orderAfter(stockSays('rejected', 1));
    expect(decide(refused, paymentSays('declined', 2))).toMatchObject({
      order: { status: 'cancelled', cancellation: 'out_of_stock' },
      announces: null,
    });
  });

  it('can be cancelled by the customer while pending, confirmed or completed', () => {
    for (const triggers of [[], confirmed, completed]) {
      expect(decide(orderAfter(...triggers), customerCancels)).toMatchObject({
        order: { status: 'cancelling', cancellation: 'customer_request', version: triggers.length + 2 },
        announces: 'order.cancelled',
      });
    }
  });

  it('takes a second cancellation as a repetition, and keeps the first reason', () => {
    expect(decide(orderAfter(deadlinePasses), customerCancels)).toEqual({ outcome: 'already' });
    const ended = orderAfter(customerCancels, stockSays('released', 1), paymentSays('voided', 1));
    expect(ended).toMatchObject({ status: 'cancelled', cancellation: 'customer_request' });
    expect(decide(ended, customerCancels)).toEqual({ outcome: 'already' });
  });

  it('times out only while it is pending', () => {
    expect(decide(placeOrder('o-1'), deadlinePasses)).toMatchObject({
      order: { status: 'cancelling', cancellation: 'timed_out' },
      announces: 'order.cancelled',
    });
    for (const triggers of [confirmed, completed, [customerCancels], [deadlinePasses]]) {
      expect(decide(orderAfter(...triggers), deadlinePasses)).toEqual({ outcome: 'overtaken' });
    }
  });

  it('is not confirmed by good news that comes after the deadline', () => {
    const order = orderAfter(stockSays('held', 1), deadlinePasses);
    expect(decide(order, paymentSays('authorized', 2))).toMatchObject({
      order: { status: 'cancelling' },
      announces: null,
    });
  });

  it('stays cancelling while a refund has failed, and is cancelled when a later attempt succeeds', () => {
    const failed = orderAfter(
      ...completed,
      customerCancels,
      stockSays('restocked', 3),
      paymentSays('refund_failed', 6),
    );
    expect(failed.status).toBe('cancelling');
    expect(decide(failed, paymentSays('refund_failed', 8))).toMatchObject({
      order: { status: 'cancelling', paymentSequence: 8 },
    });
    expect(decide(failed, paymentSays('refunded', 8))).toMatchObject({ order: { status: 'cancelled' } });
  });

  it('answers a repeated report with already, and one older than the newest with overtaken', () => {
    const order = orderAfter(customerCancels, stockSays('released', 2), paymentSays('voided', 4));
    expect(decide(order, stockSays('released', 2))).toEqual({ outcome: 'already' });
    expect(decide(order, stockSays('held', 1))).toEqual({ outcome: 'overtaken' });
    expect(decide(order, paymentSays('voided', 4))).toEqual({ outcome: 'already' });
    expect(decide(order, paymentSays('authorized', 2))).toEqual({ outcome: 'overtaken' });
  });

  it('refuses a newer report that contradicts what was said before', () => {
    const released = orderAfter(customerCancels, stockSays('released', 2));
    const contradiction = () => decide(released, stockSays('held', 3));
    expect(contradiction).toThrow('held never follows released');
    expect(contradiction).toThrow(ImpossibleTransition);
    expect(() => decide(orderAfter(...completed), stockSays('held', 9))).toThrow(ImpossibleTransition);
  });

  it('says in the error what was met and what was asked', () => {
    const order = placeOrder('o-1');
    try {
      decide(order, paymentSays('captured', 3));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ order, trigger: { report: 'captured', sequence: 3 }, permanent: true });
    }
  });
});
