import type { Database } from '#database';
import type { BackgroundTasks } from '#runtime';
import { registerGatewayMetrics } from './gateway-metrics.js';
import { pruneGatewayOperations } from './persistence/prune-gateway-operations.js';
import { countPending } from './persistence/pending-operations.js';
import type { GatewayCircuit } from './use-cases/gateway-circuit.js';

export interface BackgroundTasksOptions {
  readonly gatewayOperationRetentionHours: number;
  readonly stalledAfterMs: number;
}

/** Payment's prune task, alarms, gauges and counter. */
export function backgroundTasks(
  { gatewayOperationRetentionHours, stalledAfterMs }: BackgroundTasksOptions,
  circuit: Pick<GatewayCircuit, 'describe' | 'isOpen'>,
): BackgroundTasks {
  return {
    pruneTasks: (database) => [
      {
        table: 'gateway_operations',
        prune: () => pruneGatewayOperations(database, gatewayOperationRetentionHours),
      },
    ],
    alarms: (database) => [
      { name: 'gateway', check: () => checkPendingOperations(database, stalledAfterMs) },
      { name: 'gateway-circuit', check: () => Promise.resolve(circuit.describe()) },
    ],
    gauges: (database) => [
      {
        name: 'gateway_operations_pending',
        help: 'Gateway operations without a known outcome, up to 1,000.',
        read: () => countPending(database, 0),
      },
      {
        name: 'gateway_circuit_open',
        help: '1 while requests to the gateway are paused, because all of them fail; otherwise 0.',
        read: () => (circuit.isOpen ? 1 : 0),
      },
    ],
    registerMetrics: registerGatewayMetrics,
  };
}

async function checkPendingOperations(
  database: Database,
  stalledAfterMs: number,
): Promise<string | undefined> {
  const count = await countPending(database, stalledAfterMs);
  return count > 0 ? `pending gateway operations: ${count}` : undefined;
}
