import type { Delivery } from '../subscribe/delivery.js';
import { DiagnosticChannel } from '#observability';

/** A batch is settled: committed, and about to be acknowledged. */
export const batchSettled = new DiagnosticChannel<{
  readonly consumer: string;
  readonly messages: number;
  readonly seconds: number;
}>('batch-settled');

/** The database or the broker is away: the batch in hand waits, and no attempt is counted. */
export const consumerPaused = new DiagnosticChannel<{ readonly consumer: string }>('consumer-paused');

/** A message has failed alone, and is on its way to another attempt. */
export const messageRetried = new DiagnosticChannel<{ readonly consumer: string }>('message-retried');

/** Messages were given up, and are kept. */
export const messagesDeadLettered = new DiagnosticChannel<
  readonly { readonly queue: string; readonly failureReason: string }[]
>('messages-dead-lettered');

/** Says of every batch that is handed to `handle` what became of it. */
export function instrumented(
  consumer: string,
  handle: (deliveries: readonly Delivery[]) => Promise<void>,
): typeof handle {
  return async (deliveries) => {
    const startedAt = performance.now();
    try {
      await handle(deliveries);
    } catch (error) {
      consumerPaused.publish({ consumer });
      throw error;
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    batchSettled.publish({ consumer, messages: deliveries.length, seconds });
  };
}
