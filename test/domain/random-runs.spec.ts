import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receive } from '../../apps/inventory/src/domain/stock-level.js';
import { violationsAtAnyTime, violationsWhenIdle } from './invariants.js';
import * as model from './shop-model.js';

type Step = () => void;

/**
 * A shop with several orders on the same stock. Each consumer has a queue per partition, like those of RabbitMQ: ordered,
 * but a handled delivery can be redelivered, and a retried delivery returns behind the deliveries that followed it.
 */
class Run {
  shop: model.ShopModel;
  private readonly queues = new Map<string, model.Delivery[]>();
  private readonly claimed = new Set<string>();
  private readonly deliveredResponses = new Set<string>();
  private placedCount = 0;

  constructor(
    stock: Readonly<Record<string, number>>,
    private readonly orders: readonly model.PlacedOrder[],
    private readonly hasInbox: boolean,
  ) {
    this.shop = model.createShop(stock);
  }

  /** Every possible next step. */
  possibleSteps(): readonly Step[] {
    return [
      ...this.requiredSteps('approved'),
      ...this.requiredSteps('refused'),
      ...this.faults(),
      ...this.externalTriggers(),
    ];
  }

  /** The steps without which the shop is not idle. */
  requiredSteps(response: 'approved' | 'refused'): readonly Step[] {
    const next = this.orders[this.placedCount];
    const placement = () => {
      this.placedCount += 1;
      if (next) this.advanceTo(model.placeOrder(this.shop, next));
    };
    const heads = [...this.queues.values()].filter((queue) => queue.length > 0);
    const takes = heads.map((queue) => () => {
      const head = queue.shift();
      if (head) this.deliver(head);
    });
    const calls = Object.values(this.shop.calls);
    const responses = calls
      .filter((call) => call.response === null)
      .map((call) => () => this.advanceTo(model.respondToCall(this.shop, call.idempotencyKey, response)));
    const undelivered = calls
      .filter((call) => call.response !== null && !this.deliveredResponses.has(call.idempotencyKey))
      .map((call) => () => this.deliverResponse(call));
    return [...(next ? [placement] : []), ...takes, ...responses, ...undelivered];
  }

  private faults(): readonly Step[] {
    const queues = [...this.queues.values()].filter((queue) => queue.length > 0);
    const redeliveries = queues.map((queue) => () => this.deliver(queue[0]!));
    const retries = queues.map((queue) => () => queue.push(queue.shift()!));
    const repeatedResponses = Object.values(this.shop.calls)
      .filter((call) => this.deliveredResponses.has(call.idempotencyKey))
      .map((call) => () => this.deliverResponse(call));
    return [...redeliveries, ...retries, ...repeatedResponses];
  }

  private externalTriggers(): readonly Step[] {
    const orderIds = Object.keys(this.shop.orders);
    const triggers = orderIds.flatMap((orderId) =>
      (['customer_cancelled', 'deadline_passed'] as const).map(
        (kind) => () => this.advanceTo(model.trigger(this.shop, orderId, { kind })),
      ),
    );
    const refunds = orderIds.flatMap((orderId) =>
      this.shop.payments[orderId]?.status === 'refund_failed'
        ? [
            () => this.advanceTo(model.retryRefund(this.shop, orderId)),
            () => this.advanceTo(model.settleRefund(this.shop, orderId)),
          ]
        : [],
    );
    const receipts = Object.values(this.shop.stock).map((level) => () => {
      const receipt = receive(level, 1);
      if (receipt.outcome !== 'done') throw new Error(receipt.reason);
      this.advanceTo({ ...this.shop, stock: { ...this.shop.stock, [level.sku]: receipt.level } });
    });
    return [...triggers, ...refunds, ...receipts];
  }

  private deliver(delivery: model.Delivery): void {
    if (this.hasInbox && this.claimed.has(delivery.id)) return;
    this.claimed.add(delivery.id);
    this.advanceTo(model.deliver(this.shop, delivery));
  }

  private deliverResponse(call: model.Call): void {
    this.deliveredResponses.add(call.idempotencyKey);
    this.advanceTo(model.deliverResponse(this.shop, call));
  }

  private advanceTo(next: model.ShopModel): void {
    const published = next.published.slice(this.shop.published.length);
    for (const delivery of published.flatMap(model.createDeliveries)) {
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
  .map((orders) => orders.map(createPlacedOrder));
const anyStock = fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 }));
const anyChoices = fc.array(fc.nat({ max: 9_999 }), { maxLength: 150, size: 'max' });

function createPlacedOrder(
  lines: readonly { sku: string; quantity: number }[],
  index: number,
): model.PlacedOrder {
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
  lastResponse: fc.constantFrom('approved', 'refused'),
  hasInbox: fc.boolean(),
});

describe('orders that compete for stock, with redeliveries and reordering', () => {
  it('keep every invariant and end (S1–S4, S6, Q1–Q3, Q6)', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyRun, ({ orders, stock: [tea, cup], choices, lastResponse, hasInbox }) => {
        const run = new Run({ TEA: tea, CUP: cup }, orders, hasInbox);
        const take = (step: Step | undefined) => {
          step?.();
          expect(violationsAtAnyTime(run.shop)).toEqual([]);
        };
        for (const choice of choices) {
          const possible = run.possibleSteps();
          take(possible[choice % possible.length]);
        }
        for (let due = run.requiredSteps(lastResponse); due.length > 0; due = run.requiredSteps(lastResponse))
          take(due[0]);
        expect(Object.keys(run.shop.orders)).toHaveLength(orders.length);
        expect(violationsWhenIdle(run.shop)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
