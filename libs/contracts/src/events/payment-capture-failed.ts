import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused to capture the authorized amount. The order is cancelled: inventory restocks the goods, and
 * payment voids the authorization.
 */
export const paymentCaptureFailed = defineEvent({
  name: 'payment.capture_failed',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The gateway has refused to capture the authorized amount.',
  data: z.object({ orderId, reason: gatewayReason }),
  example: { orderId: exampleOrder.orderId, reason: 'authorization_expired' },
});

/** The type of the contract {@link paymentCaptureFailed}. */
export type PaymentCaptureFailed = typeof paymentCaptureFailed;
