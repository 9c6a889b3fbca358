import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { linesMax, orderId, shortage } from '../values.js';

/**
 * The stock is insufficient, and no goods are held for the order. The order is cancelled. Inventory publishes no further
 * event about it.
 */
export const stockRejected = defineEvent({
  name: 'stock.rejected',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: 'The stock is insufficient, and no goods are held for the order.',
  data: z.object({
    orderId,
    shortages: z.array(shortage).min(1).max(linesMax).describe('One per SKU of which there is too little.'),
  }),
  example: {
    orderId: exampleOrder.orderId,
    shortages: [{ sku: 'TEAPOT-ZISHA-200ML', requested: 1, available: 0 }],
  },
});

/** The type of the contract {@link stockRejected}. */
export type StockRejected = typeof stockRejected;
