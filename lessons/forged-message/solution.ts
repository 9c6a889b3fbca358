import type { PaymentClaim } from '../naive/storefront.js';

/** The broker has compared `userId` with the login of the publisher; a message without it proves nothing. */
export function isTrusted({ userId }: PaymentClaim, paymentUser: string): boolean {
  return userId === paymentUser;
}
