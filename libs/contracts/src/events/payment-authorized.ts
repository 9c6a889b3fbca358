import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReference, money, orderId } from '../values.js';

/**
 * The gateway has authorized the order's total. No money has moved: payment captures it once the order is confirmed, or
 * voids it.
 */
export const paymentAuthorized = defineEvent({
  name: 'payment.authorized',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: "The gateway has authorized the order's total.",
  data: z.object({ orderId, amount: money, authorizationId: gatewayReference }),
  example: {
    orderId: exampleOrder.orderId,
    amount: exampleOrder.total,
    authorizationId: 'auth_8c1f5e7a29b4',
  },
});

/** The type of the contract {@link paymentAuthorized}. */
export type PaymentAuthorized = typeof paymentAuthorized;
