import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused the refund. The order stays in `cancelling`, and the refund is owed, until an operator
 * intervenes.
 */
export const paymentRefundFailed = defineEvent({
  name: 'payment.refund_failed',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The gateway has refused the refund.',
  data: z.object({ orderId, reason: gatewayReason }),
  example: { orderId: exampleOrder.orderId, reason: 'account_closed' },
});

/** The type of the contract {@link paymentRefundFailed}. */
export type PaymentRefundFailed = typeof paymentRefundFailed;
