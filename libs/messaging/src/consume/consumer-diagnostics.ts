import type { Delivery } from '../subscribe/delivery.js';
import { DiagnosticChannel } from '#observability';

/** Published when a batch is settled: committed, and not yet acknowledged. `seconds` is the time to settle it. */
export const batchSettled = new DiagnosticChannel<{
  readonly consumer: string;
  readonly messages: number;
  readonly seconds: number;
}>('batch-settled');

/** Published when the database or the broker is unavailable: the batch is settled again, and no attempt is counted. */
export const consumerPaused = new DiagnosticChannel<{ readonly consumer: string }>('consumer-paused');

/** Published when a message has failed alone and a retry is scheduled. */
export const messageRetried = new DiagnosticChannel<{ readonly consumer: string }>('message-retried');

/** Published when messages are stored as dead letters. */
export const messagesDeadLettered = new DiagnosticChannel<
  readonly { readonly queue: string; readonly failureReason: string }[]
>('messages-dead-lettered');

/** Wraps `handle` to publish {@link batchSettled} or {@link consumerPaused} for each batch. */
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
