import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { orderId } from '../values.js';

/**
 * Stock is held and the payment is authorized: the order is accepted. Inventory deducts the held goods, and payment
 * captures the authorized amount.
 */
export const orderConfirmed = defineEvent({
  name: 'order.confirmed',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'Stock is held and the payment is authorized: the order is accepted.',
  data: z.object({ orderId }),
  example: { orderId: exampleOrder.orderId },
});

/** The type of the contract {@link orderConfirmed}. */
export type OrderConfirmed = typeof orderConfirmed;
