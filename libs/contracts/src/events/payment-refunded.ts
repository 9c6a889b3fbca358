import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReference, money, orderId } from '../values.js';

/**
 * The captured amount has gone back to the customer. The answer to a cancellation of an order that was paid for.
 */
export const paymentRefunded = defineEvent({
  name: 'payment.refunded',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The captured amount has gone back to the customer.',
  data: z.object({ orderId, amount: money, refundId: gatewayReference }),
  example: { orderId: exampleOrder.orderId, amount: exampleOrder.total, refundId: 'ref_e47b90c3d81a' },
});

export type PaymentRefunded = typeof paymentRefunded;
