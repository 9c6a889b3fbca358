import { messagesClaimed } from '#inbox';
import {
  batchSettled,
  consumerPaused,
  messageRetried,
  messagesDeadLettered,
  PublishNackedError,
  RETRY_STEPS,
  UnpublishableError,
} from '#messaging';
import { Counter, Gauge, Histogram, type Registry } from '#observability';
import { pageSettled } from '#outbox';

/** Histogram buckets up to the highest BATCH_SIZE_MAX, in messages. */
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
/** Histogram buckets, in seconds; a batch near 10 s waits for locks or an overloaded database. */
const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Histogram buckets, in seconds: a queue that drains has milliseconds, a backlog minutes. */
const QUEUE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/**
 * Counts the messages of consumers and the relay by their diagnostic channels, once per batch.
 *
 * @param consumers the names of the service's consumers: their series start at 0, so a rate over the first event is correct
 * @returns a function that ends the subscriptions
 */
export function registerMessageMetrics(registry: Registry, consumers: readonly string[]): () => void {
  const unsubscribers = [
    ...registerBatchMetrics(registry, consumers),
    registerLatencyMetrics(registry, consumers),
    ...registerFailureMetrics(registry, consumers),
    registerClaimMetrics(registry, consumers),
    registerRelayMetrics(registry),
  ];
  return () => unsubscribers.forEach((unsubscribe) => unsubscribe());
}

function registerBatchMetrics(registry: Registry, consumers: readonly string[]): (() => void)[] {
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
    help: 'Time from taking a batch to its commit, once per batch.',
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
  for (const consumer of consumers) {
    messages.zero({ consumer });
    seconds.zero({ consumer });
    paused.set({ consumer }, 0);
  }
  return [
    batchSettled.subscribe(({ consumer, ...batch }) => {
      messages.observe({ consumer }, batch.messages);
      seconds.observe({ consumer }, batch.seconds);
      paused.set({ consumer }, 0);
    }),
    consumerPaused.subscribe(({ consumer }) => paused.set({ consumer }, 1)),
  ];
}

/** Latencies of each message, by the names of OpenTelemetry. An observation takes about 0.3 µs. */
function registerLatencyMetrics(registry: Registry, consumers: readonly string[]): () => void {
  const registers = [registry];
  const processing = new Histogram({
    name: 'messaging_process_duration_seconds',
    help: 'Time from taking the batch of a message to its commit, once per message.',
    labelNames: ['consumer'],
    buckets: BATCH_SECONDS,
    registers,
  });
  const queueing = new Histogram({
    name: 'messaging_queue_time_seconds',
    help: 'Time from publishing a message to the start of its handler; first deliveries only.',
    labelNames: ['consumer'],
    buckets: QUEUE_SECONDS,
    registers,
  });
  for (const consumer of consumers) {
    processing.zero({ consumer });
    queueing.zero({ consumer });
  }
  return batchSettled.subscribe(({ consumer, messages, seconds, queueSeconds }) => {
    const labels = { consumer };
    for (let count = 0; count < messages; count++) processing.observe(labels, seconds);
    for (const waited of queueSeconds) queueing.observe(labels, waited);
  });
}

function registerFailureMetrics(registry: Registry, consumers: readonly string[]): (() => void)[] {
  const retries = new Counter({
    name: 'consumer_retries_total',
    help: 'Messages that failed and were published to a delay queue.',
    labelNames: ['consumer', 'step'],
    registers: [registry],
  });
  const counter = new Counter({
    name: 'consumer_dead_letters_total',
    help: 'Messages stored as dead letters.',
    labelNames: ['consumer', 'reason'],
    registers: [registry],
  });
  for (const consumer of consumers) {
    for (const { name: step } of RETRY_STEPS) retries.inc({ consumer, step }, 0);
    counter.inc({ consumer, reason: 'attempts_exhausted' }, 0);
  }
  return [
    messageRetried.subscribe((labels) => retries.inc(labels)),
    messagesDeadLettered.subscribe((letters) => {
      // The label is the consumer: the queue name without its partition.
      for (const { queue, failureReason } of letters)
        counter.inc({ consumer: queue.replace(/\.\d+$/, ''), reason: failureReason });
    }),
  ];
}

function registerClaimMetrics(registry: Registry, consumers: readonly string[]): () => void {
  const claimed = new Counter({
    name: 'inbox_messages_total',
    help: 'Messages claimed by the inbox: new ones and duplicates.',
    labelNames: ['consumer', 'outcome'],
    registers: [registry],
  });
  for (const consumer of consumers)
    for (const outcome of ['new', 'duplicate']) claimed.inc({ consumer, outcome }, 0);
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
  const lag = new Histogram({
    name: 'outbox_publish_lag_seconds',
    help: 'Time from the insert of an event to its publisher confirm.',
    buckets: QUEUE_SECONDS,
    registers: [registry],
  });
  return pageSettled.subscribe(({ confirmed, lagSeconds, failures }) => {
    for (const seconds of lagSeconds) lag.observe(seconds);
    published.inc({ outcome: 'confirmed' }, confirmed);
    for (const failure of failures) published.inc({ outcome: classifyFailure(failure) });
  });
}

/** `unknown`: no confirm arrived, so the relay publishes the event again. */
function classifyFailure(failure: Error): string {
  if (failure instanceof PublishNackedError) return 'nacked';
  return failure instanceof UnpublishableError ? 'unpublishable' : 'unknown';
}
