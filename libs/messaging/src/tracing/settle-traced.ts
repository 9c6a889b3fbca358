import { EveryItemFailedError, type Settled } from '#concurrency';
import { isTracingEnabled } from '#observability';
import { deadLetterReason } from '../consume/dead-letter.js';
import type { Delivery } from '../subscribe/delivery.js';
import { BatchSpans, type TracedItem } from './process-spans.js';

/**
 * Calls `settle` within the spans of the batch, and ends them with its outcomes: a rejected or failed message has
 * `error.type`. They end before a retry is published, which continues them. Without a sampled message it only calls `settle`.
 */
export async function settleTraced<Item extends TracedItem>(
  consumer: string,
  items: readonly Item[],
  settle: (items: readonly Item[]) => Promise<Settled<null>[]>,
): Promise<Settled<null>[]> {
  const spans = BatchSpans.start(consumer, items);
  if (!spans) return settle(items);
  try {
    const settled = await settle(spans.items);
    for (const [index, outcome] of settled.entries()) {
      const { delivery, rejection } = items[index]!;
      const error = 'error' in outcome ? outcome.error : rejection;
      if (error !== undefined) spans.fail(delivery, deadLetterReason(error));
    }
    spans.end();
    return settled;
  } catch (error) {
    spans.end(deadLetterReason(error instanceof EveryItemFailedError ? error.cause : error));
    throw error;
  }
}

/** Records deliveries that become dead letters without being handled. */
export function recordFailures(consumer: string, deliveries: readonly Delivery[], errorType: string): void {
  if (!isTracingEnabled()) return;
  const items = deliveries.map((delivery) => ({ delivery }));
  BatchSpans.start(consumer, items)?.end(errorType);
}
