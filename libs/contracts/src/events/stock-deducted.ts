import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder, exampleStockLines } from '../example-order.js';
import { linesMax, orderId, stockLine } from '../values.js';

/**
 * The goods held for the order are deducted from the stock (扣减). One of the two responses to `order.confirmed` that complete
 * the order.
 */
export const stockDeducted = defineEvent({
  name: 'stock.deducted',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: 'The goods held for the order are deducted from the stock (扣减).',
  data: z.object({ orderId, lines: z.array(stockLine).min(1).max(linesMax).describe('One per SKU.') }),
  example: { orderId: exampleOrder.orderId, lines: exampleStockLines },
});

/** The type of the contract {@link stockDeducted}. */
export type StockDeducted = typeof stockDeducted;
