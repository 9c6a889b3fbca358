import type { Database } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { countParked, release } from '../persistence/gateway-operations.js';
import { lockPayments } from '../persistence/payments.js';

/**
 * Makes an order's parked operations due again, under the same idempotency keys, and records the action in the operator
 * log.
 *
 * @param attribution undefined: a dry run, which only counts
 * @returns the number of operations released, or that would be
 */
export function releaseParkedOperations(
  database: Database,
  orderId: string,
  attribution: Attribution | undefined,
): Promise<number | 'unknown_payment'> {
  return database.transaction(async (tx) => {
    if (!(await lockPayments(tx, [orderId])).has(orderId)) return 'unknown_payment';
    if (!attribution) return countParked(tx, orderId);
    const count = await release(tx, orderId);
    if (count > 0) {
      await recordActions(tx, {
        ...attribution,
        action: 'release operation',
        requestId: newId(),
        subjects: [orderId],
      });
    }
    return count;
  });
}
