import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { linesMax, orderId, shortage } from '../values.js';

/**
 * There is not enough stock, and nothing is held for the order. The order is cancelled. It is the last word of
 * inventory about the order.
 */
export const stockRejected = defineEvent({
  name: 'stock.rejected',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: 'There is not enough stock, and nothing is held for the order.',
  data: z.object({
    orderId,
    shortages: z.array(shortage).min(1).max(linesMax).describe('One per SKU of which there is too little.'),
  }),
  example: {
    orderId: exampleOrder.orderId,
    shortages: [{ sku: 'TEAPOT-ZISHA-200ML', requested: 1, available: 0 }],
  },
});

export type StockRejected = typeof stockRejected;
