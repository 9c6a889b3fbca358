import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { exampleOrder } from '../example-order.js';
import { customerDigest, orderId, ordersErasedMax, pseudonym } from '../values.js';

/**
 * The data of a customer is to be erased. The subject is the pseudonym. Consumers replace the customer's data of the given
 * orders, which have all ended, and delete what they store of the customer beside orders. A customer with more orders than
 * one event has room for gets several events, with one pseudonym. The event does not contain the customer's id.
 */
export const customerErased = defineEvent({
  name: 'customer.erased',
  version: 1,
  producer: 'order',
  subject: 'customer',
  description: 'The data of a customer is to be erased, also in these orders.',
  data: z.object({
    pseudonym,
    customerDigest,
    orderIds: z.array(orderId).max(ordersErasedMax).describe('Orders of the customer; all have ended.'),
  }),
  example: {
    pseudonym: 'erased-6f1c2d54-8a0b-4f0e-9b1d-3f2a7c5e9d10',
    customerDigest: '9b74c9897bac770ffc029102a200c5de4b8d1f3a0c7e5d2b6a1f8e3c4d5b6a7f',
    orderIds: [exampleOrder.orderId],
  },
});

/** The type of the contract {@link customerErased}. */
export type CustomerErased = typeof customerErased;
