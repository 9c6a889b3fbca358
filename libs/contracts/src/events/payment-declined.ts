import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused to authorize the payment, and the order is cancelled. Only a response of the gateway leads to
 * it: a missing response is retried.
 */
export const paymentDeclined = defineEvent({
  name: 'payment.declined',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The gateway has refused to authorize the payment.',
  data: z.object({ orderId, reason: gatewayReason }),
  example: { orderId: exampleOrder.orderId, reason: 'insufficient_funds' },
});

/** The type of the contract {@link paymentDeclined}. */
export type PaymentDeclined = typeof paymentDeclined;
