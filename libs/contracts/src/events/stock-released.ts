import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder, exampleStockLines } from '../example-order.js';
import { linesMax, orderId, stockLine } from '../values.js';

/**
 * The goods held for a cancelled order are available again (释放). Without lines the cancellation arrived before the
 * order: no goods were held, and none will be (空回滚).
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

/** The type of the contract {@link stockReleased}. */
export type StockReleased = typeof stockReleased;
