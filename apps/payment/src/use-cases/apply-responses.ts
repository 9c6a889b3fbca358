import type { Transaction } from '#database';
import type { Outbox } from '#outbox';
import { decideOnResponse, type GatewayResponse } from '../domain/payment.js';
import { type LeasedOperation, markCompleted, type NewOperation } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';

/** An operation and the gateway's response to it. */
export interface OperationResponse {
  readonly operation: LeasedOperation;
  readonly response: GatewayResponse;
  /** Time from sending the request to the response. */
  readonly seconds: number;
}

/** The operation's order has no payment. */
export class UnknownPaymentError extends Error {
  override readonly name = 'UnknownPaymentError';
}

/**
 * Advances the payments by the gateway's responses: load, decide, save, add to the outbox.
 *
 * @returns the operations that follow; the caller adds them in the same transaction
 */
export async function applyResponses(
  tx: Transaction,
  outbox: Outbox,
  responses: readonly Omit<OperationResponse, 'seconds'>[],
): Promise<readonly NewOperation[]> {
  const payments = await lockPayments(
    tx,
    responses.map(({ operation }) => operation.orderId),
  );
  const advanced = advancePayments(
    payments,
    responses.map(({ operation, response }) => ({
      orderId: operation.orderId,
      cause: operation,
      decide: (payment) => {
        if (!payment) throw new UnknownPaymentError(`order ${operation.orderId} has no payment`);
        return decideOnResponse(payment, response);
      },
    })),
  );
  tx.sendWithCommit(
    savePayments(tx, payments, advanced.payments),
    markCompleted(
      tx,
      responses.map(({ operation, response: { outcome } }) => ({ ...operation, outcome })),
    ),
    outbox.add(tx, advanced.events),
  );
  return advanced.operations;
}
