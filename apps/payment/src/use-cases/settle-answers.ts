import type { Transaction } from '#database';
import type { Outbox } from '#outbox';
import { decideOnAnswer, type GatewayAnswer } from '../domain/payment.js';
import { type LeasedOperation, markAnswered } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayQueue } from './gateway-queue.js';

/** An operation and what the gateway has answered. */
export interface Answered {
  readonly operation: LeasedOperation;
  readonly answer: GatewayAnswer;
}

/** The gateway has answered for an order that has no payment here. */
export class UnknownPayment extends Error {
  override readonly name = 'UnknownPayment';
}

/** Acts on the gateway's answers, all in one transaction: load, decide, save, add to the outbox. */
export async function settleAnswers(
  tx: Transaction,
  outbox: Outbox,
  queue: GatewayQueue,
  answered: readonly Answered[],
): Promise<void> {
  const payments = await lockPayments(
    tx,
    answered.map(({ operation }) => operation.orderId),
  );
  const advanced = advancePayments(
    payments,
    answered.map(({ operation, answer }) => ({
      orderId: operation.orderId,
      cause: operation,
      decide: (payment) => {
        if (!payment) throw new UnknownPayment(`order ${operation.orderId} has no payment`);
        return decideOnAnswer(payment, answer);
      },
    })),
  );
  tx.lastly(
    savePayments(tx, payments, advanced.payments),
    markAnswered(
      tx,
      answered.map(({ operation: { orderId }, answer }) => ({ orderId, ...answer })),
    ),
    queue.add(tx, advanced.intents),
    outbox.add(tx, advanced.events),
  );
}
