import { z } from 'zod';
import {
  amount,
  cancellationReason,
  currency,
  customerId,
  orderId,
  priceVersion,
  quantity,
  sku,
} from '#contracts';
import { pageOf, timestamp } from '#http';
import { orderStatuses, paymentStates, stockStates } from '../domain/order-table.js';

const money = z.strictObject({ amount, currency }).meta({ id: 'Money' });
const status = z.enum(orderStatuses).describe('completed and cancelled are the last ones');
const stock = z.enum(stockStates).describe('The newest report of inventory');
const payment = z.enum(paymentStates).describe('The newest report of payment');
const reason = cancellationReason.nullable().describe('Why the order is cancelled; null if it is not');
const version = z.int().min(1).describe('1 when placed, one more at each step');

const accepted = {
  id: orderId,
  total: money,
  placedAt: timestamp,
  deadlineAt: timestamp.describe('When the order is cancelled unless it is confirmed by then'),
};

/** The answer to an accepted order; a repeated request gets the same. */
export const acceptedOrder = z
  .strictObject({ ...accepted, status: z.literal('pending') })
  .meta({ id: 'AcceptedOrder' });

const summary = {
  ...accepted,
  customerId,
  status,
  reason,
  stock,
  payment,
  version,
  correlationId: z.string().describe('Of the request that placed the order'),
  updatedAt: timestamp,
};

/** An order in a list. */
export const orderPage = pageOf(z.strictObject(summary).meta({ id: 'OrderSummary' }), orderId).meta({
  id: 'OrderPage',
});

const step = z
  .strictObject({
    version,
    trigger: z
      .string()
      .describe('placed, an event such as stock.held, customer_cancelled, or deadline_passed'),
    from: status.nullable().describe('null in the first step'),
    to: status,
    stock,
    payment,
    reason,
    at: timestamp,
  })
  .meta({ id: 'OrderStep' });

/** An order with its lines and its history. */
export const order = z
  .strictObject({
    ...summary,
    lines: z.array(z.strictObject({ sku, quantity, unitPrice: amount, priceVersion })),
    history: z.array(step).describe('Every step, in order'),
  })
  .meta({ id: 'Order' });

const exampleAccepted = {
  id: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  total: { amount: 25_800, currency: 'CNY' },
  placedAt: '2026-11-21T10:00:00.000Z',
  deadlineAt: '2026-11-21T10:02:00.000Z',
};

const exampleSummary: z.input<typeof orderPage>['items'][number] = {
  ...exampleAccepted,
  customerId: 'alice',
  status: 'pending',
  reason: null,
  stock: 'held',
  payment: 'none',
  version: 2,
  correlationId: 'web-42',
  updatedAt: '2026-11-21T10:00:00.120Z',
};

const exampleStep = { from: null, to: 'pending', payment: 'none', reason: null } as const;

/** Valid bodies, for the OpenAPI document. */
export const examples: {
  readonly accepted: z.input<typeof acceptedOrder>;
  readonly page: z.input<typeof orderPage>;
  readonly order: z.input<typeof order>;
} = {
  accepted: { ...exampleAccepted, status: 'pending' },
  page: { items: [exampleSummary], next: null },
  order: {
    ...exampleSummary,
    lines: [{ sku: 'TEA-LONGJING-100G', quantity: 2, unitPrice: 12_900, priceVersion: 3 }],
    history: [
      { ...exampleStep, version: 1, trigger: 'placed', stock: 'none', at: '2026-11-21T10:00:00.000Z' },
      {
        ...exampleStep,
        version: 2,
        trigger: 'stock.held',
        from: 'pending',
        stock: 'held',
        at: '2026-11-21T10:00:00.120Z',
      },
    ],
  },
};
