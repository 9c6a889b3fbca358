import { Histogram, type Registry } from '#observability';
import { endingOutcomes, ordersEnded } from './use-cases/order-endings.js';

/** Up to the default deadline of 15 minutes, in seconds. */
const COMPLETION_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** Measures orders from their placing to their end. @returns a function that unsubscribes */
export function registerOrderMetrics(registry: Registry): () => void {
  const completion = new Histogram({
    name: 'order_completion_seconds',
    help: 'Time from placing an order to its end, by outcome.',
    labelNames: ['outcome'],
    buckets: COMPLETION_SECONDS,
    registers: [registry],
  });
  for (const outcome of endingOutcomes) completion.zero({ outcome });
  return ordersEnded.subscribe((endings) => {
    for (const { outcome, seconds } of endings) completion.observe({ outcome }, seconds);
  });
}
