import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused to capture what it had authorized. The order is cancelled: inventory restocks, and
 * payment voids the authorization.
 */
export const paymentCaptureFailed = defineEvent({
  name: 'payment.capture_failed',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The gateway has refused to capture what it had authorized.',
  data: z.object({ orderId, reason: gatewayReason }),
  example: { orderId: exampleOrder.orderId, reason: 'authorization_expired' },
});

export type PaymentCaptureFailed = typeof paymentCaptureFailed;
