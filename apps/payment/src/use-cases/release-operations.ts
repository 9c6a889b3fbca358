import type { Database } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { countParked, release } from '../persistence/gateway-operations.js';
import { lockPayments } from '../persistence/payments.js';

/**
 * Has the gateway asked again what was set aside for an order, under the same keys, and records it.
 *
 * @param by undefined: only counts
 * @returns how many requests that are, or would be
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
