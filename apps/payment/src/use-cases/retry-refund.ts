import type { Database } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { retryRefund } from '../domain/payment.js';
import { findLastCause } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayDispatcher } from './gateway-dispatcher.js';

/** `done`: the refund is started; `already`: it is pending or approved; `unknown_payment`: the order has no payment. */
export type RetryRefundResult = 'done' | 'already' | 'unknown_payment';

/**
 * Starts a refused refund again, with the correlation id of the order's last operation, and records the action in the
 * operator log.
 *
 * @param attribution undefined: a dry run, which returns the result and changes nothing
 * @throws ImpossibleTransitionError when no refund of this payment failed
 */
export async function retryFailedRefund(
  database: Database,
  dispatcher: GatewayDispatcher,
  orderId: string,
  attribution: Attribution | undefined,
): Promise<RetryRefundResult> {
  return database.transaction(async (tx) => {
    const payments = await lockPayments(tx, [orderId]);
    const payment = payments.get(orderId);
    // A payment without operations has no refund to retry: `retryRefund` throws.
    const cause = (await findLastCause(tx, orderId)) ?? { correlationId: orderId };
    if (!payment) return 'unknown_payment';
    if (!attribution) return retryRefund(payment).outcome === 'already' ? 'already' : 'done';
    const advanced = advancePayments(payments, [{ orderId, cause, decide: () => retryRefund(payment) }]);
    await savePayments(tx, payments, advanced.payments);
    await dispatcher.add(tx, advanced.operations);
    if (advanced.outcomes[0] !== 'done') return 'already';
    await recordActions(tx, {
      ...attribution,
      action: 'retry refund',
      requestId: newId(),
      subjects: [orderId],
    });
    return 'done';
  });
}
