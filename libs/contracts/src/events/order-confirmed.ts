import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { orderId } from '../values.js';

/**
 * Stock is held and the payment is authorized: the order stands. Inventory deducts what it holds, and payment
 * captures what it has authorized.
 */
export const orderConfirmed = defineEvent({
  name: 'order.confirmed',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'Stock is held and the payment is authorized: the order stands.',
  data: z.object({ orderId }),
  example: { orderId: exampleOrder.orderId },
});

export type OrderConfirmed = typeof orderConfirmed;
