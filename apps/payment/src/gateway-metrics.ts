import { Counter, type Registry } from '#observability';
import { operationsAttempted } from './use-cases/gateway-diagnostics.js';

/** Counts requests to the gateway by outcome. @returns a function that unsubscribes */
export function registerGatewayMetrics(registry: Registry): () => void {
  const counter = new Counter({
    name: 'gateway_operations_total',
    help: 'Requests to the gateway by operation and outcome; unknown ones are retried.',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  return operationsAttempted.subscribe((attempted) => {
    for (const { operation, response } of attempted)
      counter.inc({ operation: operation.operation, outcome: response?.outcome ?? 'unknown' });
  });
}
