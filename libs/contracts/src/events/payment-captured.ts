import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { gatewayReference, money, orderId } from '../values.js';

/**
 * The customer has paid: the gateway has captured the authorized amount. One of the two responses to `order.confirmed`
 * that complete the order. A captured payment is refunded, never voided.
 */
export const paymentCaptured = defineEvent({
  name: 'payment.captured',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'The customer has paid: the gateway has captured the authorized amount.',
  data: z.object({ orderId, amount: money, captureId: gatewayReference }),
  example: { orderId: exampleOrder.orderId, amount: exampleOrder.total, captureId: 'cap_5d20a9e6b37f' },
});

/** The type of the contract {@link paymentCaptured}. */
export type PaymentCaptured = typeof paymentCaptured;
