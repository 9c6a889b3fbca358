import { messagesClaimed } from '#inbox';
import {
  batchSettled,
  consumerPaused,
  messageRetried,
  messagesDeadLettered,
  PublishNackedError,
  UnpublishableError,
} from '#messaging';
import { Counter, Gauge, Histogram, type Registry } from '#observability';
import { pageSettled } from '#outbox';

/** Histogram buckets up to the highest BATCH_SIZE_MAX, in messages. */
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
/** Histogram buckets, in seconds; a batch near 10 s waits for locks or an overloaded database. */
const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/**
 * Counts the messages of consumers and the relay by their diagnostic channels, once per batch.
 *
 * @returns a function that ends the subscriptions
 */
export function registerMessageMetrics(registry: Registry): () => void {
  const unsubscribers = [
    ...registerBatchMetrics(registry),
    ...registerFailureMetrics(registry),
    registerClaimMetrics(registry),
  ];
  unsubscribers.push(registerRelayMetrics(registry));
  return () => unsubscribers.forEach((unsubscribe) => unsubscribe());
}

function registerBatchMetrics(registry: Registry): (() => void)[] {
  const registers = [registry];
  const messages = new Histogram({
    name: 'consumer_batch_messages',
    help: 'Messages of each settled batch; _count is batches, _sum messages.',
    labelNames: ['consumer'],
    buckets: BATCH_SIZES,
    registers,
  });
  const seconds = new Histogram({
    name: 'consumer_batch_duration_seconds',
    help: 'Time from taking a batch to its commit.',
    labelNames: ['consumer'],
    buckets: BATCH_SECONDS,
    registers,
  });
  const paused = new Gauge({
    name: 'consumer_paused',
    help: '1 while the current batch waits for the database or the broker.',
    labelNames: ['consumer'],
    registers,
  });
  return [
    batchSettled.subscribe(({ consumer, ...batch }) => {
      messages.observe({ consumer }, batch.messages);
      seconds.observe({ consumer }, batch.seconds);
      paused.set({ consumer }, 0);
    }),
    consumerPaused.subscribe(({ consumer }) => paused.set({ consumer }, 1)),
  ];
}

function registerFailureMetrics(registry: Registry): (() => void)[] {
  const retries = new Counter({
    name: 'consumer_retries_total',
    help: 'Messages that failed and were published to a delay queue.',
    labelNames: ['consumer'],
    registers: [registry],
  });
  const counter = new Counter({
    name: 'consumer_dead_letters_total',
    help: 'Messages stored as dead letters.',
    labelNames: ['consumer', 'reason'],
    registers: [registry],
  });
  return [
    messageRetried.subscribe((labels) => retries.inc(labels)),
    messagesDeadLettered.subscribe((letters) => {
      // The label is the consumer: the queue name without its partition.
      for (const { queue, failureReason } of letters)
        counter.inc({ consumer: queue.replace(/\.\d+$/, ''), reason: failureReason });
    }),
  ];
}

function registerClaimMetrics(registry: Registry): () => void {
  const claimed = new Counter({
    name: 'inbox_messages_total',
    help: 'Messages claimed by the inbox: new ones and duplicates.',
    labelNames: ['consumer', 'outcome'],
    registers: [registry],
  });
  return messagesClaimed.subscribe(({ consumer, messages, newCount }) => {
    claimed.inc({ consumer, outcome: 'new' }, newCount);
    claimed.inc({ consumer, outcome: 'duplicate' }, messages - newCount);
  });
}

function registerRelayMetrics(registry: Registry): () => void {
  const published = new Counter({
    name: 'relay_events_total',
    help: 'Events published, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // Each series starts at 0, so a rate over the first failure is correct.
  for (const outcome of ['confirmed', 'nacked', 'unpublishable', 'unknown']) published.inc({ outcome }, 0);
  return pageSettled.subscribe(({ confirmed, failures }) => {
    published.inc({ outcome: 'confirmed' }, confirmed);
    for (const failure of failures) published.inc({ outcome: classifyFailure(failure) });
  });
}

/** `unknown`: no confirm arrived, so the relay publishes the event again. */
function classifyFailure(failure: Error): string {
  if (failure instanceof PublishNackedError) return 'nacked';
  return failure instanceof UnpublishableError ? 'unpublishable' : 'unknown';
}
