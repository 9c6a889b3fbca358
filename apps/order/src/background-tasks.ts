import type { Database } from '#database';
import type { Upkeep } from '#runtime';
import { pruneIdempotencyKeys } from './persistence/prune-idempotency-keys.js';
import { countPending } from './persistence/pending-orders.js';
import { type StandingOrders, standingOrders } from './persistence/stuck-orders.js';

export interface UpkeepOptions {
  readonly idempotencyKeyRetentionHours: number;
  readonly standstillAlarmMs: number;
}

/** What of this service's own is pruned, watched and measured. */
export function upkeep({ idempotencyKeyRetentionHours, standstillAlarmMs }: UpkeepOptions): Upkeep {
  return {
    chores: (database) => [
      {
        table: 'idempotency_keys',
        sweep: () => pruneIdempotencyKeys(database, idempotencyKeyRetentionHours),
      },
    ],
    alarms: (database) => [{ name: 'orders', look: () => lookAtOrders(database, standstillAlarmMs) }],
    gauges: (database) => [
      {
        name: 'orders_pending',
        help: 'Orders that wait for an answer or their deadline, up to 10,000.',
        read: () => countPending(database),
      },
    ],
  };
}

async function lookAtOrders(database: Database, standstillMs: number): Promise<string | undefined> {
  const standing: readonly StandingOrders[] = await standingOrders(database, standstillMs);
  const counts = standing.map(({ status, count }) => `${status}: ${count}`);
  return counts.length > 0 ? `orders that stand still: ${counts.join(', ')}` : undefined;
}
