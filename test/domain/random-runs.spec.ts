import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receive } from '../../apps/inventory/src/domain/stock-level.js';
import { violationsAtAnyTime, violationsWhenQuiet } from './invariants.js';
import * as model from './shop.js';

type Step = () => void;

/**
 * A shop with several orders on the same stock. Each consumer has a queue per partition, as RabbitMQ keeps it: in
 * order, but a delivery can come again after its effect, and one set aside for a retry is overtaken by all behind it.
 */
class Run {
  shop: model.Shop;
  private readonly queues = new Map<string, model.Delivery[]>();
  private readonly claimed = new Set<string>();
  private readonly heardAnswers = new Set<string>();
  private placedCount = 0;

  constructor(
    stock: Readonly<Record<string, number>>,
    private readonly orders: readonly model.Placed[],
    private readonly hasInbox: boolean,
  ) {
    this.shop = model.openShop(stock);
  }

  /** Everything that can happen next. */
  possibilities(): readonly Step[] {
    return [...this.due('approved'), ...this.due('refused'), ...this.disturbances(), ...this.wishes()];
  }

  /** What has to happen before all is quiet. */
  due(answer: 'approved' | 'refused'): readonly Step[] {
    const next = this.orders[this.placedCount];
    const placement = () => {
      this.placedCount += 1;
      if (next) this.become(model.place(this.shop, next));
    };
    const heads = [...this.queues.values()].filter((queue) => queue.length > 0);
    const takes = heads.map((queue) => () => {
      const head = queue.shift();
      if (head) this.hear(head);
    });
    const calls = Object.values(this.shop.calls);
    const answers = calls
      .filter((call) => call.answer === null)
      .map((call) => () => this.become(model.answerCall(this.shop, call.idempotencyKey, answer)));
    const unheard = calls
      .filter((call) => call.answer !== null && !this.heardAnswers.has(call.idempotencyKey))
      .map((call) => () => this.hearAnswer(call));
    return [...(next ? [placement] : []), ...takes, ...answers, ...unheard];
  }

  private disturbances(): readonly Step[] {
    const queues = [...this.queues.values()].filter((queue) => queue.length > 0);
    const redeliveries = queues.map((queue) => () => this.hear(queue[0]!));
    const retries = queues.map((queue) => () => queue.push(queue.shift()!));
    const repeatedAnswers = Object.values(this.shop.calls)
      .filter((call) => this.heardAnswers.has(call.idempotencyKey))
      .map((call) => () => this.hearAnswer(call));
    return [...redeliveries, ...retries, ...repeatedAnswers];
  }

  private wishes(): readonly Step[] {
    const orderIds = Object.keys(this.shop.orders);
    const triggers = orderIds.flatMap((orderId) =>
      (['customer_cancelled', 'deadline_passed'] as const).map(
        (kind) => () => this.become(model.trigger(this.shop, orderId, { kind })),
      ),
    );
    const refunds = orderIds
      .filter((orderId) => this.shop.payments[orderId]?.status === 'refund_failed')
      .map((orderId) => () => this.become(model.retryRefund(this.shop, orderId)));
    const receipts = Object.values(this.shop.stock).map((level) => () => {
      const receipt = receive(level, 1);
      if (receipt.outcome !== 'done') throw new Error(receipt.reason);
      this.become({ ...this.shop, stock: { ...this.shop.stock, [level.sku]: receipt.level } });
    });
    return [...triggers, ...refunds, ...receipts];
  }

  private hear(delivery: model.Delivery): void {
    if (this.hasInbox && this.claimed.has(delivery.id)) return;
    this.claimed.add(delivery.id);
    this.become(model.hear(this.shop, delivery));
  }

  private hearAnswer(call: model.Call): void {
    this.heardAnswers.add(call.idempotencyKey);
    this.become(model.hearAnswer(this.shop, call));
  }

  private become(next: model.Shop): void {
    const published = next.published.slice(this.shop.published.length);
    for (const delivery of published.flatMap(model.deliveriesOf)) {
      const partition = Number(delivery.message.data.orderId.at(-1)) % 2;
      const queue = `${delivery.consumer}.${partition}`;
      this.queues.set(queue, [...(this.queues.get(queue) ?? []), delivery]);
    }
    this.shop = next;
  }
}

const anyLine = fc.record({
  sku: fc.constantFrom('TEA', 'CUP', 'NEVER-LISTED'),
  quantity: fc.integer({ min: 1, max: 3 }),
});
const anyOrders = fc
  .array(fc.array(anyLine, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .map((orders) => orders.map(placedAs));
const anyStock = fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 }));
const anyChoices = fc.array(fc.nat({ max: 9_999 }), { maxLength: 150, size: 'max' });

function placedAs(lines: readonly { sku: string; quantity: number }[], index: number): model.Placed {
  const priced = lines.map((line) => ({ ...line, unitPrice: 1_000 + index, priceVersion: 1 }));
  return {
    orderId: `o-${index}`,
    customerId: 'guest',
    lines: priced,
    total: {
      amount: priced.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0),
      currency: 'CNY',
    },
    paymentToken: 'tok_visa',
    deadlineAt: '2026-11-21T10:02:00.000Z',
  };
}

const anyRun = fc.record({
  orders: anyOrders,
  stock: anyStock,
  choices: anyChoices,
  lastAnswer: fc.constantFrom('approved', 'refused'),
  hasInbox: fc.boolean(),
});

describe('orders that compete for stock, through queues that repeat and reorder', () => {
  it(
    'keep the books right at every moment, and all come to a legal end (S1 to S4, S6, Q1, Q2, Q3, Q6)',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(anyRun, ({ orders, stock: [tea, cup], choices, lastAnswer, hasInbox }) => {
          const run = new Run({ TEA: tea, CUP: cup }, orders, hasInbox);
          const take = (step: Step | undefined) => {
            step?.();
            expect(violationsAtAnyTime(run.shop)).toEqual([]);
          };
          for (const choice of choices) {
            const possible = run.possibilities();
            take(possible[choice % possible.length]);
          }
          for (let due = run.due(lastAnswer); due.length > 0; due = run.due(lastAnswer)) take(due[0]);
          expect(Object.keys(run.shop.orders)).toHaveLength(orders.length);
          expect(violationsWhenQuiet(run.shop)).toEqual([]);
        }),
        { numRuns: 500 },
      );
    },
  );
});
