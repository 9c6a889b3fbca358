import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { orderId } from '../values.js';

/**
 * No money will be taken: the authorization is given back, has lapsed, or never was. The answer to a cancellation of
 * an order that was not paid for, also to one that came before its order.
 */
export const paymentVoided = defineEvent({
  name: 'payment.voided',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'No money will be taken: the authorization is given back, has lapsed, or never was.',
  data: z.object({ orderId }),
  example: { orderId: exampleOrder.orderId },
});

export type PaymentVoided = typeof paymentVoided;
