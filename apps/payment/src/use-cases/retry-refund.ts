import type { Database } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { retryRefund } from '../domain/payment.js';
import { findLastCause } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayQueue } from './gateway-queue.js';

/** What came of an operator's wish to try a failed refund again: begun, begun before, or no such payment. */
export type RetryRefundResult = 'done' | 'already' | 'unknown_payment';

/**
 * Asks for a refund again that was refused, as part of the order's flow: with the correlation id of the first try; and
 * records who wished it.
 *
 * @param by undefined: only tells what would come of it
 * @throws ImpossibleTransitionError when no refund of this payment has failed
 */
export async function retryFailedRefund(
  database: Database,
  queue: GatewayQueue,
  orderId: string,
  attribution: Attribution | undefined,
): Promise<RetryRefundResult> {
  return database.transaction(async (tx) => {
    const payments = await lockPayments(tx, [orderId]);
    const payment = payments.get(orderId);
    // A payment that the gateway was never asked for has nothing to refund.
    const cause = (await findLastCause(tx, orderId)) ?? { correlationId: orderId };
    if (!payment) return 'unknown_payment';
    if (!attribution) return retryRefund(payment).outcome === 'already' ? 'already' : 'done';
    const advanced = advancePayments(payments, [{ orderId, cause, decide: () => retryRefund(payment) }]);
    await savePayments(tx, payments, advanced.payments);
    await queue.add(tx, advanced.operations);
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
