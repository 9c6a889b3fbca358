import type { Database } from '#database';
import { newId } from '#observability';
import { type Act, recordActs } from '#operator-log';
import { retryRefund } from '../domain/payment.js';
import { causeOfLastOperation } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayQueue } from './gateway-queue.js';

/** What came of an operator's wish to try a failed refund again: begun, begun before, or no such payment. */
export type Retried = 'done' | 'already' | 'unknown_payment';

/**
 * Asks for a refund again that was refused, as part of the order's flow: with the correlation id of the first try; and
 * records who wished it.
 *
 * @param by undefined: only tells what would come of it
 * @throws ImpossibleTransition when no refund of this payment has failed
 */
export async function retryRefundOf(
  database: Database,
  queue: GatewayQueue,
  orderId: string,
  by: Act | undefined,
): Promise<Retried> {
  return database.transaction(async (tx) => {
    const payments = await lockPayments(tx, [orderId]);
    const payment = payments.get(orderId);
    // A payment that the gateway was never asked for has nothing to refund.
    const cause = (await causeOfLastOperation(tx, orderId)) ?? { correlationId: orderId };
    if (!payment) return 'unknown_payment';
    if (!by) return retryRefund(payment).outcome === 'already' ? 'already' : 'done';
    const advanced = advancePayments(payments, [{ orderId, cause, decide: () => retryRefund(payment) }]);
    await savePayments(tx, payments, advanced.payments);
    await queue.add(tx, advanced.intents);
    if (advanced.outcomes[0] !== 'done') return 'already';
    await recordActs(tx, { ...by, act: 'retry refund', request: newId(), subjects: [orderId] });
    return 'done';
  });
}
