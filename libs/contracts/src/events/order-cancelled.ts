import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { cancellationReason, orderId } from '../values.js';

/**
 * The order is being cancelled, for good. Published when the cancellation begins. Inventory gives back the stock
 * and payment the money, whatever they have taken of either; one that has not seen the order yet keeps the
 * cancellation, and takes nothing when the order arrives.
 */
export const orderCancelled = defineEvent({
  name: 'order.cancelled',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'The order is being cancelled, for good.',
  data: z.object({ orderId, reason: cancellationReason }),
  example: { orderId: exampleOrder.orderId, reason: 'customer_request' },
});

export type OrderCancelled = typeof orderCancelled;
