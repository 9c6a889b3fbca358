import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused to give the money back. The order stays in `cancelling` until an operator has seen to
 * it: the customer is still owed the money.
 */
export const paymentRefundFailed = defineEvent({
  name: 'payment.refund_failed',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The gateway has refused to give the money back.',
  data: z.object({ orderId, reason: gatewayReason }),
  example: { orderId: exampleOrder.orderId, reason: 'account_closed' },
});

export type PaymentRefundFailed = typeof paymentRefundFailed;
