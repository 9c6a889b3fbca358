import type { Database } from '#database';
import type { BackgroundTasks } from '#runtime';
import { pruneIdempotencyKeys } from './persistence/prune-idempotency-keys.js';
import { countPending } from './persistence/pending-orders.js';
import { type StuckOrders, countStuckOrders } from './persistence/stuck-orders.js';

export interface BackgroundTasksOptions {
  readonly idempotencyKeyRetentionHours: number;
  readonly stalledAfterMs: number;
}

/** What of this service's own is pruned, watched and measured. */
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
        help: 'Pending orders, up to 10,000.',
        read: () => countPending(database),
      },
    ],
  };
}

async function checkStuckOrders(database: Database, stalledAfterMs: number): Promise<string | undefined> {
  const stuck: readonly StuckOrders[] = await countStuckOrders(database, stalledAfterMs);
  const counts = stuck.map(({ status, count }) => `${status}: ${count}`);
  return counts.length > 0 ? `stuck orders: ${counts.join(', ')}` : undefined;
}
