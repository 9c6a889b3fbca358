import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { money, orderId } from '../values.js';

/**
 * The order is paid for and its goods are deducted: it can be shipped. An announcement for other systems (shipping,
 * mail, analytics).
 */
export const orderCompleted = defineEvent({
  name: 'order.completed',
  version: 1,
  producer: 'order',
  subject: 'order',
  isAnnouncement: true,
  description: 'The order is paid for and its goods are deducted: it can be shipped.',
  data: z.object({ orderId, total: money }),
  example: { orderId: exampleOrder.orderId, total: exampleOrder.total },
});

/** The type of the contract {@link orderCompleted}. */
export type OrderCompleted = typeof orderCompleted;
