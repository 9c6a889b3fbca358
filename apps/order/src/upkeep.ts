import type { Database } from '#database';
import type { Upkeep } from '#runtime';
import { pruneIdempotencyKeys } from './persistence/prune-idempotency-keys.js';
import { type StandingOrders, standingOrders } from './persistence/standing-orders.js';

export interface UpkeepOptions {
  readonly idempotencyKeyRetentionHours: number;
  readonly standstillAlarmMs: number;
}

/** What of this service's own is pruned, and what of it is watched. */
export function upkeep({ idempotencyKeyRetentionHours, standstillAlarmMs }: UpkeepOptions): Upkeep {
  return {
    chores: (database) => [
      {
        table: 'idempotency_keys',
        sweep: () => pruneIdempotencyKeys(database, idempotencyKeyRetentionHours),
      },
    ],
    alarms: (database) => [{ name: 'orders', look: () => lookAtOrders(database, standstillAlarmMs) }],
  };
}

async function lookAtOrders(database: Database, standstillMs: number): Promise<string | undefined> {
  const standing: readonly StandingOrders[] = await standingOrders(database, standstillMs);
  const counts = standing.map(({ status, count }) => `${status}: ${count}`);
  return counts.length > 0 ? `orders that stand still: ${counts.join(', ')}` : undefined;
}
