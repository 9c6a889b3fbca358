import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { orderId } from '../values.js';

/**
 * No amount will be captured: the authorization is voided, has expired, or never existed. The response to the
 * cancellation of an unpaid order, including one that arrives before its order.
 */
export const paymentVoided = defineEvent({
  name: 'payment.voided',
  version: 1,
  producer: 'payment',
  subject: 'order',
  description: 'No amount will be captured: the authorization is voided, has expired, or never existed.',
  data: z.object({ orderId }),
  example: { orderId: exampleOrder.orderId },
});

/** The type of the contract {@link paymentVoided}. */
export type PaymentVoided = typeof paymentVoided;
