import type { Database } from '#database';
import type { Upkeep } from '#runtime';
import { countAnswers } from './answer-metrics.js';
import { pruneGatewayOperations } from './persistence/prune-gateway-operations.js';
import { countUnanswered } from './persistence/unanswered-operations.js';

export interface UpkeepOptions {
  readonly gatewayOperationRetentionHours: number;
  readonly standstillAlarmMs: number;
}

/** What of this service's own is pruned, watched and measured. */
export function upkeep({ gatewayOperationRetentionHours, standstillAlarmMs }: UpkeepOptions): Upkeep {
  return {
    chores: (database) => [
      {
        table: 'gateway_operations',
        sweep: () => pruneGatewayOperations(database, gatewayOperationRetentionHours),
      },
    ],
    alarms: (database) => [{ name: 'gateway', look: () => lookAtGateway(database, standstillAlarmMs) }],
    gauges: (database) => [
      {
        name: 'gateway_operations_pending',
        help: 'Operations that the gateway has not answered, up to 1,000.',
        read: () => countUnanswered(database, 0),
      },
    ],
    count: countAnswers,
  };
}

async function lookAtGateway(database: Database, standstillMs: number): Promise<string | undefined> {
  const count = await countUnanswered(database, standstillMs);
  return count > 0 ? `operations that the gateway has not answered: ${count}` : undefined;
}
