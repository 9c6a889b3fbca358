import type { HandleDeliveries } from './batch-loop.js';
import { DiagnosticChannel } from '#observability';
import { queueSeconds } from '../provenance.js';

/**
 * Published when a batch is processed: committed, and not yet acknowledged. `seconds` is the time that took.
 * `queueSeconds` has the time from publication to the start of the handler for each first delivery.
 */
export const batchSettled = new DiagnosticChannel<{
  readonly consumer: string;
  readonly messages: number;
  readonly seconds: number;
  readonly queueSeconds: readonly number[];
}>('batch-settled');

/** Published when the database or the broker is unavailable: the batch is processed again, and no attempt is counted. */
export const consumerPaused = new DiagnosticChannel<{ readonly consumer: string }>('consumer-paused');

/** Published when a message has failed alone and a retry is scheduled. `step` names the delay queue: `1s`. */
export const messageRetried = new DiagnosticChannel<{ readonly consumer: string; readonly step: string }>(
  'message-retried',
);

/** Published when messages are stored as dead letters. */
export const messagesDeadLettered = new DiagnosticChannel<
  readonly { readonly queue: string; readonly failureReason: string }[]
>('messages-dead-lettered');

/** Wraps `handle` to publish {@link batchSettled} or {@link consumerPaused} for each batch. */
export function instrumented(consumer: string, handle: HandleDeliveries): HandleDeliveries {
  return async (deliveries, onProcessed) => {
    const startedAt = performance.now();
    const nowMs = Date.now();
    try {
      await handle(deliveries, onProcessed);
    } catch (error) {
      consumerPaused.publish({ consumer });
      throw error;
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    batchSettled.publish({
      consumer,
      messages: deliveries.length,
      seconds,
      queueSeconds: deliveries.flatMap((delivery) => queueSeconds(delivery, nowMs) ?? []),
    });
  };
}
