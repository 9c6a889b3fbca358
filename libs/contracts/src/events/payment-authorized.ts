import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReference, money, orderId } from '../values.js';

/**
 * The gateway has set aside the order's total. No money has moved yet: it is captured once the order is confirmed,
 * or voided.
 */
export const paymentAuthorized = defineEvent({
  name: 'payment.authorized',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: "The gateway has set aside the order's total.",
  data: z.object({ orderId, amount: money, authorizationId: gatewayReference }),
  example: {
    orderId: exampleOrder.orderId,
    amount: exampleOrder.total,
    authorizationId: 'auth_8c1f5e7a29b4',
  },
});

export type PaymentAuthorized = typeof paymentAuthorized;
