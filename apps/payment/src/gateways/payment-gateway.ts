import type { GatewayResponse } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/**
 * The outside world that moves money: Stripe, 支付宝, 微信支付. Asking the same operation again under the same key must
 * give the same answer and move no money twice.
 */
export interface PaymentGateway {
  /**
   * Asks the gateway for one operation, in bounded time.
   *
   * @throws OutcomeUnknownError the gateway may have done it or not: ask again under the same key
   * @throws RequestRejectedError the gateway takes this very request for a mistake; an earlier try may have been done
   */
  send(operation: LeasedOperation): Promise<GatewayResponse>;
  /** Closes its connections. */
  close(): void;
}

/** For injection, since an interface has no value. */
export const PAYMENT_GATEWAY = Symbol('PAYMENT_GATEWAY');

/**
 * The gateway says that there is something wrong with the request itself, so that asking again cannot help. It is not a
 * "no" of the bank: nobody has decided about the money, and an earlier try under the same key may even have moved it.
 */
export class RequestRejectedError extends Error {
  override readonly name = 'RequestRejectedError';
}

/** A timeout, a broken connection, or an error on the gateway's side: whether it happened is not known yet. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}
