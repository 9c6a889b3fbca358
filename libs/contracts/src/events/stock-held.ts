import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder, exampleStockLines } from '../example-order.js';
import { linesMax, orderId, stockLine } from '../values.js';

/** All of the order's goods are held for it (预占). All lines or none: an order is never held in part. */
export const stockHeld = defineEvent({
  name: 'stock.held',
  version: 1,
  producer: 'inventory',
  subject: 'order',
  description: "All of the order's goods are held for it (预占).",
  data: z.object({ orderId, lines: z.array(stockLine).min(1).max(linesMax).describe('One per SKU.') }),
  example: { orderId: exampleOrder.orderId, lines: exampleStockLines },
});

/** The type of the contract {@link stockHeld}. */
export type StockHeld = typeof stockHeld;
