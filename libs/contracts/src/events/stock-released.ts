import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder, exampleStockLines } from '../example-order.js';
import { linesMax, orderId, stockLine } from '../values.js';

/**
 * The goods held for a cancelled order are available again (释放). Without lines it says that the cancellation came
 * before the order: nothing was held, and nothing will be.
 */
export const stockReleased = defineEvent({
  name: 'stock.released',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: 'The goods held for a cancelled order are available again (释放).',
  data: z.object({
    orderId,
    lines: z.array(stockLine).max(linesMax).describe('One per SKU; none when nothing was ever held.'),
  }),
  example: { orderId: exampleOrder.orderId, lines: exampleStockLines },
});

export type StockReleased = typeof stockReleased;
