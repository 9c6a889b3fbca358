import type { Transaction } from '#database';
import type { Outbox } from '#outbox';
import { decideOnResponse, type GatewayResponse } from '../domain/payment.js';
import { type LeasedOperation, markCompleted } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayQueue } from './gateway-queue.js';

/** An operation and what the gateway has answered. */
export interface OperationResponse {
  readonly operation: LeasedOperation;
  readonly response: GatewayResponse;
}

/** The gateway has answered for an order that has no payment here. */
export class UnknownPaymentError extends Error {
  override readonly name = 'UnknownPaymentError';
}

/** Acts on the gateway's answers, all in one transaction: load, decide, save, add to the outbox. */
export async function applyResponses(
  tx: Transaction,
  outbox: Outbox,
  queue: GatewayQueue,
  responses: readonly OperationResponse[],
): Promise<void> {
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
      responses.map(({ operation: { orderId }, response }) => ({ orderId, ...response })),
    ),
    queue.add(tx, advanced.operations),
    outbox.add(tx, advanced.events),
  );
}
