import { createHash } from 'node:crypto';

/**
 * The `customerDigest` of `customer.erased`: SHA-256 of pseudonym, a colon and the customer's id, in hexadecimal. A consumer
 * that stores customers compares it with the digest of each of them.
 */
export function digestCustomer(pseudonym: string, customerId: string): string {
  return createHash('sha256').update(`${pseudonym}:${customerId}`).digest('hex');
}
