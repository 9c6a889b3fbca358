import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder, exampleStockLines } from '../example-order.js';
import { linesMax, orderId, stockLine } from '../values.js';

/**
 * The goods deducted for a cancelled order are back in stock. The response to a cancellation after the deduction.
 */
export const stockRestocked = defineEvent({
  name: 'stock.restocked',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: 'The goods deducted for a cancelled order are back in stock.',
  data: z.object({ orderId, lines: z.array(stockLine).min(1).max(linesMax).describe('One per SKU.') }),
  example: { orderId: exampleOrder.orderId, lines: exampleStockLines },
});

/** The type of the contract {@link stockRestocked}. */
export type StockRestocked = typeof stockRestocked;
