import type { Database } from '#database';
import { newId } from '#observability';
import { type Act, recordActs } from '#operator-log';
import { countSetAside, release } from '../persistence/gateway-operations.js';
import { lockPayments } from '../persistence/payments.js';

/**
 * Has the gateway asked again what was set aside for an order, under the same keys, and records it.
 *
 * @param by undefined: only counts
 * @returns how many requests that are, or would be
 */
export function releaseOperationsOf(
  database: Database,
  orderId: string,
  by: Act | undefined,
): Promise<number | 'unknown_payment'> {
  return database.transaction(async (tx) => {
    if (!(await lockPayments(tx, [orderId])).has(orderId)) return 'unknown_payment';
    if (!by) return countSetAside(tx, orderId);
    const count = await release(tx, orderId);
    if (count > 0) {
      await recordActs(tx, { ...by, act: 'release operation', request: newId(), subjects: [orderId] });
    }
    return count;
  });
}
