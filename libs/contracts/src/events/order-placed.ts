import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { customerId, instant, linesMax, money, orderId, orderLine, paymentToken } from '../values.js';

/**
 * A customer has placed an order, at the current prices of the catalogue. Starts the order process: inventory holds the
 * stock and payment authorizes the total, in parallel.
 */
export const orderPlaced = defineEvent({
  name: 'order.placed',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'A customer has placed an order, at the current prices of the catalogue.',
  data: z.object({
    orderId,
    customerId,
    lines: z
      .array(orderLine)
      .min(1)
      .max(linesMax)
      .describe('As asked for: two lines may name one SKU, and count together.'),
    total: money.describe('The sum of unit price × quantity over the lines.'),
    paymentToken,
    deadlineAt: instant.describe('When the order is cancelled unless it is confirmed by then.'),
  }),
  example: {
    ...exampleOrder,
    lines: [
      { sku: 'TEA-LONGJING-100G', quantity: 2, unitPrice: 12_900, priceVersion: 3 },
      { sku: 'TEAPOT-ZISHA-200ML', quantity: 1, unitPrice: 36_800, priceVersion: 1 },
    ],
    paymentToken: 'tok_visa',
    deadlineAt: '2026-11-21T10:02:00.000Z',
  },
});

/** The type of the contract {@link orderPlaced}. */
export type OrderPlaced = typeof orderPlaced;
