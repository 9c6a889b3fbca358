import { Counter, Histogram, type Registry } from '#observability';
import { operationsAttempted } from './use-cases/gateway-diagnostics.js';

const OPERATIONS = ['authorize', 'capture', 'void', 'refund'];
const OUTCOMES = ['approved', 'refused', 'unknown'];
/** Up to the longest GATEWAY_TIMEOUT_MS, in seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts and measures requests to the gateway by outcome. @returns a function that unsubscribes */
export function registerGatewayMetrics(registry: Registry): () => void {
  const counter = new Counter({
    name: 'gateway_operations_total',
    help: 'Requests to the gateway by operation and outcome; unknown ones are retried.',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time from sending a request to the gateway to its response or failure.',
    labelNames: ['operation', 'outcome'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  for (const operation of OPERATIONS)
    for (const outcome of OUTCOMES) {
      counter.inc({ operation, outcome }, 0);
      duration.zero({ operation, outcome });
    }
  return operationsAttempted.subscribe((attempted) => {
    for (const { operation, response, seconds } of attempted) {
      const labels = { operation: operation.operation, outcome: response?.outcome ?? 'unknown' };
      counter.inc(labels);
      duration.observe(labels, seconds);
    }
  });
}
