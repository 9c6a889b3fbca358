import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReason, orderId } from '../values.js';

/**
 * The gateway has refused to authorize the payment. Only ever an answer of the gateway: no answer is no refusal.
 * The order is cancelled.
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

export type PaymentDeclined = typeof paymentDeclined;
