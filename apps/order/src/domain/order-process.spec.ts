import { describe, expect, it } from 'vitest';
import {
  decide,
  ImpossibleTransitionError,
  placeOrder,
  type OrderProcess,
  type Trigger,
} from './order-process.js';
import {
  lookUpCell,
  orderTransitions,
  nextPaymentReports,
  paymentStates,
  nextStockReports,
  stockStates,
  type PaymentReport,
  type StockReport,
} from './order-table.js';

const stockReported = (report: StockReport, sequence: number): Trigger => ({
  kind: 'stock_reported',
  report,
  sequence,
});
const paymentReported = (report: PaymentReport, sequence: number): Trigger => ({
  kind: 'payment_reported',
  report,
  sequence,
});
const customerCancelled: Trigger = { kind: 'customer_cancelled' };
const deadlinePassed: Trigger = { kind: 'deadline_passed' };

/** The order after all triggers; each of them must be `done`. */
function orderAfter(...triggers: readonly Trigger[]): OrderProcess {
  return triggers.reduce((order, trigger) => {
    const decision = decide(order, trigger);
    if (decision.outcome !== 'done') throw new Error(`${trigger.kind} was ${decision.outcome}`);
    return decision.order;
  }, placeOrder('o-1'));
}

const confirmed = [stockReported('held', 1), paymentReported('authorized', 2)];
const completed = [...confirmed, stockReported('deducted', 2), paymentReported('captured', 4)];

describe('the order table', () => {
  const cells = [null, 'customer_request' as const].flatMap((cancellation) =>
    stockStates.flatMap((stock) => paymentStates.map((payment) => ({ stock, payment, cancellation }))),
  );

  /** Every order that one report moves into this cell, with that report. */
  function pathsInto({ stock, payment, cancellation }: (typeof cells)[number]) {
    const order: OrderProcess = {
      ...placeOrder('o-1'),
      status: cancellation === null ? 'pending' : 'cancelling',
      cancellation,
    };
    const byStock = stockStates
      .filter((before) => stock !== 'none' && nextStockReports[before].includes(stock))
      .map((before) => ({
        order: { ...order, stock: before, payment },
        trigger: stockReported(stock as StockReport, 9),
      }));
    const byPayment = paymentStates
      .filter((before) => payment !== 'none' && nextPaymentReports[before].includes(payment))
      .map((before) => ({
        order: { ...order, stock, payment: before },
        trigger: paymentReported(payment as PaymentReport, 9),
      }));
    return [...byStock, ...byPayment];
  }

  it.each(cells)('decides stock $stock, payment $payment, cancellation $cancellation', (cell) => {
    const inTable = lookUpCell(cell.stock, cell.payment, cell.cancellation);
    const paths = pathsInto(cell);
    if (paths.length === 0) expect(cell).toMatchObject({ stock: 'none', payment: 'none' });
    for (const { order, trigger } of paths) {
      const run = () => decide(order, trigger);
      switch (inTable.kind) {
        case 'status':
          expect(run()).toMatchObject({ outcome: 'done', order: { ...cell, status: inTable.status } });
          break;
        case 'cancellation':
          expect(run()).toMatchObject({
            outcome: 'done',
            order: { ...cell, status: 'cancelling', cancellation: inTable.reason },
            eventName: 'order.cancelled',
          });
          break;
        case 'impossible':
          expect(run).toThrow(ImpossibleTransitionError);
          expect(run).toThrow(inTable.reason);
      }
    }
  });

  it('cancels exactly when both sides are settled', () => {
    const stockSettled = new Set(['rejected', 'released', 'restocked']);
    const paymentSettled = new Set(['declined', 'voided', 'refunded']);
    for (const { stock, payment, cancellation } of cells) {
      const cell = lookUpCell(stock, payment, cancellation);
      if (cancellation === null || cell.kind !== 'status') continue;
      const settled = stockSettled.has(stock) && paymentSettled.has(payment);
      expect(cell.status, `${stock} × ${payment}`).toBe(settled ? 'cancelled' : 'cancelling');
    }
  });

  it('never ends a cancellation in its first step', () => {
    for (const { stock, payment } of cells) {
      const before = lookUpCell(stock, payment, null);
      if (before.kind === 'impossible') continue;
      expect(lookUpCell(stock, payment, 'timed_out'), `${stock} × ${payment}`).toMatchObject({
        status: 'cancelling',
      });
    }
  });

  it('reaches exactly the listed transitions', () => {
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
      ...nextStockReports[order.stock].map((report) => stockReported(report, order.stockSequence + 1)),
      ...nextPaymentReports[order.payment].map((report) =>
        paymentReported(report, order.paymentSequence + 1),
      ),
      customerCancelled,
      deadlinePassed,
    ];
  }

  function decideOrNull(order: OrderProcess, trigger: Trigger): OrderProcess | null {
    try {
      const decision = decide(order, trigger);
      return decision.outcome === 'done' ? decision.order : null;
    } catch (error) {
      if (error instanceof ImpossibleTransitionError) return null;
      throw error;
    }
  }
});

describe('an order', () => {
  it('is pending when placed and cancelling when cancelled', () => {
    const order = placeOrder('o-1');
    expect(order).toMatchObject({ status: 'pending', stock: 'none', payment: 'none', version: 1 });
    expect(orderAfter(customerCancelled).status).toBe('cancelling');
  });

  it('is confirmed by held and authorized in either order', () => {
    expect(decide(orderAfter(stockReported('held', 1)), paymentReported('authorized', 2))).toMatchObject({
      order: { status: 'confirmed', version: 3 },
      eventName: 'order.confirmed',
    });
    expect(decide(orderAfter(paymentReported('authorized', 2)), stockReported('held', 1))).toMatchObject({
      order: { status: 'confirmed', version: 3 },
      eventName: 'order.confirmed',
    });
  });

  it('is completed by deducted stock and a captured payment', () => {
    const almost = orderAfter(...confirmed, paymentReported('captured', 4));
    expect(almost.status).toBe('confirmed');
    expect(decide(almost, stockReported('deducted', 2))).toMatchObject({
      order: { status: 'completed', version: 5 },
      eventName: 'order.completed',
    });
  });

  it('is cancelled when either side refuses', () => {
    expect(orderAfter(stockReported('rejected', 1)).cancellation).toBe('out_of_stock');
    expect(orderAfter(paymentReported('declined', 2)).cancellation).toBe('payment_declined');
    expect(orderAfter(...confirmed, paymentReported('capture_failed', 4)).cancellation).toBe(
      'payment_failed',
    );
  });

  it('ends its cancellation with the second refusal', () => {
    const refused = orderAfter(stockReported('rejected', 1));
    expect(decide(refused, paymentReported('declined', 2))).toMatchObject({
      order: { status: 'cancelled', cancellation: 'out_of_stock' },
      eventName: null,
    });
  });

  it('can be cancelled while pending, confirmed or completed', () => {
    for (const triggers of [[], confirmed, completed]) {
      expect(decide(orderAfter(...triggers), customerCancelled)).toMatchObject({
        order: { status: 'cancelling', cancellation: 'customer_request', version: triggers.length + 2 },
        eventName: 'order.cancelled',
      });
    }
  });

  it('keeps the first cancellation reason', () => {
    expect(decide(orderAfter(deadlinePassed), customerCancelled)).toEqual({ outcome: 'already' });
    const ended = orderAfter(customerCancelled, stockReported('released', 1), paymentReported('voided', 1));
    expect(ended).toMatchObject({ status: 'cancelled', cancellation: 'customer_request' });
    expect(decide(ended, customerCancelled)).toEqual({ outcome: 'already' });
  });

  it('times out only while pending', () => {
    expect(decide(placeOrder('o-1'), deadlinePassed)).toMatchObject({
      order: { status: 'cancelling', cancellation: 'timed_out' },
      eventName: 'order.cancelled',
    });
    for (const triggers of [confirmed, completed, [customerCancelled], [deadlinePassed]]) {
      expect(decide(orderAfter(...triggers), deadlinePassed)).toEqual({ outcome: 'overtaken' });
    }
  });

  it('is not confirmed after its deadline', () => {
    const order = orderAfter(stockReported('held', 1), deadlinePassed);
    expect(decide(order, paymentReported('authorized', 2))).toMatchObject({
      order: { status: 'cancelling' },
      eventName: null,
    });
  });

  it('stays cancelling until a failed refund succeeds', () => {
    const failed = orderAfter(
      ...completed,
      customerCancelled,
      stockReported('restocked', 3),
      paymentReported('refund_failed', 6),
    );
    expect(failed.status).toBe('cancelling');
    expect(decide(failed, paymentReported('refund_failed', 8))).toMatchObject({
      order: { status: 'cancelling', paymentSequence: 8 },
    });
    expect(decide(failed, paymentReported('refunded', 8))).toMatchObject({ order: { status: 'cancelled' } });
  });

  it('ignores repeated and older reports', () => {
    const order = orderAfter(customerCancelled, stockReported('released', 2), paymentReported('voided', 4));
    expect(decide(order, stockReported('released', 2))).toEqual({ outcome: 'already' });
    expect(decide(order, stockReported('held', 1))).toEqual({ outcome: 'overtaken' });
    expect(decide(order, paymentReported('voided', 4))).toEqual({ outcome: 'already' });
    expect(decide(order, paymentReported('authorized', 2))).toEqual({ outcome: 'overtaken' });
  });

  it('rejects a report that contradicts an earlier one', () => {
    const released = orderAfter(customerCancelled, stockReported('released', 2));
    const contradiction = () => decide(released, stockReported('held', 3));
    expect(contradiction).toThrow('held never follows released');
    expect(contradiction).toThrow(ImpossibleTransitionError);
    expect(() => decide(orderAfter(...completed), stockReported('held', 9))).toThrow(
      ImpossibleTransitionError,
    );
  });

  it.each([
    ['stock', orderAfter(stockReported('held', 1)), stockReported('rejected', 1), '#1 was held before'],
    [
      'payment',
      orderAfter(paymentReported('authorized', 2)),
      paymentReported('declined', 2),
      '#2 was authorized before',
    ],
  ])('rejects another report of %s under the same sequence', (_, order, trigger, message) => {
    expect(() => decide(order, trigger)).toThrow(message);
    expect(() => decide(order, trigger)).toThrow(ImpossibleTransitionError);
  });

  it('names order and trigger in the error', () => {
    const order = placeOrder('o-1');
    try {
      decide(order, paymentReported('captured', 3));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ order, trigger: { report: 'captured', sequence: 3 }, permanent: true });
    }
  });
});
