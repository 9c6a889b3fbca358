import type { GatewayResponse } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/**
 * A payment service provider: Stripe, 支付宝, 微信支付. It must be idempotent: a repeated operation under the same key
 * returns the same response and moves no money twice.
 */
export interface PaymentGateway {
  /**
   * Sends one operation, in bounded time.
   *
   * @throws OutcomeUnknownError the gateway may have executed the operation: retry under the same key
   * @throws RequestRejectedError the gateway rejects the request; an earlier attempt may have been executed
   */
  send(operation: LeasedOperation): Promise<GatewayResponse>;
  /**
   * Looks up the outcome of an operation whose key the gateway may have forgotten, in bounded time.
   *
   * @returns undefined when the gateway never executed this operation of the order
   * @throws UnverifiedOperationError the gateway executed it under another key
   * @throws OutcomeUnknownError, RequestRejectedError the lookup failed
   */
  find(operation: LeasedOperation): Promise<GatewayResponse | undefined>;
  /** Closes the connections. */
  close(): void;
}

/** Injection token of {@link PaymentGateway}. */
export const PAYMENT_GATEWAY = Symbol('PAYMENT_GATEWAY');

/**
 * The gateway rejects the request itself, so a retry fails the same way. It is not a refusal by the bank: the outcome is
 * unknown, and an earlier attempt under the same key may have moved money.
 */
export class RequestRejectedError extends Error {
  override readonly name = 'RequestRejectedError';
}

/** A timeout, a broken connection or a 5xx: the gateway may have executed the operation. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/**
 * The gateway may have forgotten the idempotency key, and no lookup shows whether it executed the operation. Another request
 * could move the money twice: an operator must compare both ledgers.
 */
export class UnverifiedOperationError extends Error {
  override readonly name = 'UnverifiedOperationError';
}
