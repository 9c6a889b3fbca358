import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReference, money, orderId } from '../values.js';

/**
 * The captured amount is refunded to the customer. The response to the cancellation of a paid order.
 */
export const paymentRefunded = defineEvent({
  name: 'payment.refunded',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The captured amount is refunded to the customer.',
  data: z.object({ orderId, amount: money, refundId: gatewayReference }),
  example: { orderId: exampleOrder.orderId, amount: exampleOrder.total, refundId: 'ref_e47b90c3d81a' },
});

/** The type of the contract {@link paymentRefunded}. */
export type PaymentRefunded = typeof paymentRefunded;
