import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { cancellationReason, orderId } from '../values.js';

/**
 * The order is being cancelled, irrevocably. Published when the cancellation begins. Inventory releases or restocks the
 * goods, and payment voids or refunds the payment. A service that has not received the order yet stores a tombstone, and
 * ignores the order when it arrives (空回滚、防悬挂).
 */
export const orderCancelled = defineEvent({
  name: 'order.cancelled',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'The order is being cancelled, irrevocably.',
  data: z.object({ orderId, reason: cancellationReason }),
  example: { orderId: exampleOrder.orderId, reason: 'customer_request' },
});

/** The type of the contract {@link orderCancelled}. */
export type OrderCancelled = typeof orderCancelled;
