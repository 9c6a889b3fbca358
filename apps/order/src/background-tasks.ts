import type { Database } from '#database';
import type { BackgroundTasks } from '#runtime';
import { pruneIdempotencyKeys } from './persistence/prune-idempotency-keys.js';
import { registerOrderMetrics } from './order-metrics.js';
import { countPending, countStuckOrders } from './persistence/order-counts.js';

export interface BackgroundTasksOptions {
  /** Hours after which an idempotency key is deleted. */
  readonly idempotencyKeyRetentionHours: number;
  /** See {@link countStuckOrders}. */
  readonly stalledAfterMs: number;
}

/** The prune task, the alarm, the gauge and the histogram of this service, besides those of every service. */
export function backgroundTasks({
  idempotencyKeyRetentionHours,
  stalledAfterMs,
}: BackgroundTasksOptions): BackgroundTasks {
  return {
    pruneTasks: (database) => [
      {
        table: 'idempotency_keys',
        prune: () => pruneIdempotencyKeys(database, idempotencyKeyRetentionHours),
      },
    ],
    alarms: (database) => [{ name: 'orders', check: () => checkStuckOrders(database, stalledAfterMs) }],
    gauges: (database) => [
      {
        name: 'orders_pending',
        help: 'Pending orders, counted up to 10,000.',
        read: () => countPending(database),
      },
    ],
    registerMetrics: registerOrderMetrics,
  };
}

async function checkStuckOrders(database: Database, stalledAfterMs: number): Promise<string | undefined> {
  const stuck = await countStuckOrders(database, stalledAfterMs);
  const counts = stuck.map(({ status, count }) => `${status}: ${count}`);
  return counts.length > 0 ? `stuck orders: ${counts.join(', ')}` : undefined;
}
