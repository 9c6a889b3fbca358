import {
  failSpan,
  isSampled,
  isTracingEnabled,
  type Span,
  SpanKind,
  startSpan,
  type TraceContext,
  traceContext,
} from '#observability';
import type { ConsumeMessage } from 'amqplib';
import type { EventMessage } from '../event-message.js';
import { PUBLISHED_AT_HEADER } from '../provenance.js';
import type { Delivery } from '../subscribe/delivery.js';
import { messagingAttributes, readTraceHeaders } from './publish-spans.js';

/** A delivery with its message, or with the error that rejected it. */
export interface TracedItem {
  readonly delivery: Delivery;
  readonly message?: EventMessage;
  readonly rejection?: unknown;
}

/** The spans of a sampled delivery, which its retry and its acknowledgement continue. */
interface DeliverySpans {
  readonly batch: TraceContext;
  process?: TraceContext;
}

const deliverySpans = new WeakMap<ConsumeMessage, DeliverySpans>();

/** The context of the last `process` span of a delivery; undefined when it is not sampled. */
export function processContext(delivery: ConsumeMessage): TraceContext | undefined {
  return deliverySpans.get(delivery)?.process;
}

/**
 * The spans of one batch. A message whose trace is sampled has a `wait` span, from its publication to the start of the
 * handler, and a `process` span in its trace. The batch has one more `process` span in a trace of the batch, with a link to
 * the creation of each sampled message; the spans of its messages link back to it.
 */
export class BatchSpans<Item extends TracedItem> {
  /** The items, in the given order. A sampled message carries the context of its `process` span, for the events it causes. */
  readonly items: readonly Item[];
  /** The `process` spans of the sampled messages. */
  private readonly spans = new Map<Delivery, Span>();

  private constructor(
    private readonly batch: Span,
    items: readonly Item[],
    parents: readonly TraceContext[],
  ) {
    const context = traceContext(batch);
    this.items = items.map((item, index) => this.start(item, parents[index]!, context));
  }

  /** Starts the spans; undefined without an SDK, and when no message of the batch is sampled. */
  static start<Item extends TracedItem>(
    consumer: string,
    items: readonly Item[],
  ): BatchSpans<Item> | undefined {
    if (!isTracingEnabled()) return undefined;
    const parents = items.map(parentContext);
    const links = items.flatMap((item, index) => (isSampled(parents[index]!) ? [creationContext(item)] : []));
    if (links.length === 0) return undefined;
    const batch = startSpan(`process ${consumer}`, {
      kind: SpanKind.CONSUMER,
      links,
      attributes: {
        ...messagingAttributes('process', consumer),
        'messaging.batch.message_count': items.length,
      },
    });
    return batch && new BatchSpans(batch, items, parents);
  }

  /** Marks the message of a delivery as failed, with a code or the name of an error class. */
  fail(delivery: Delivery, errorType: string): void {
    const span = this.spans.get(delivery);
    if (span) failSpan(span, errorType);
  }

  /** Ends all spans. With `errorType`, the whole batch has failed, and each span with it. */
  end(errorType?: string): void {
    for (const span of [...this.spans.values(), this.batch]) {
      if (errorType !== undefined) failSpan(span, errorType);
      span.end();
    }
  }

  /** Starts the spans of one message. `startSpan` returns undefined for a message that is not sampled. */
  private start(item: Item, parent: TraceContext, batch: TraceContext): Item {
    const { delivery, message } = item;
    const destination = destinationName(delivery);
    const spans: DeliverySpans = { batch };
    deliverySpans.set(delivery, spans);
    const wait = startWaitSpan(delivery, destination, parent);
    const span = startSpan(`process ${destination}`, {
      kind: SpanKind.CONSUMER,
      parent: wait ?? parent,
      links: [batch],
      attributes: {
        ...messagingAttributes('process', destination, delivery.properties),
        'messaging.destination.partition.id': delivery.queue.slice(delivery.queue.lastIndexOf('.') + 1),
        'messaging.message.body.size': delivery.content.length,
      },
    });
    if (!span) return item;
    this.spans.set(delivery, span);
    spans.process = traceContext(span);
    return message ? { ...item, message: { ...message, ...spans.process } } : item;
  }
}

/** Records the acknowledgement of deliveries of one queue as a `settle` span of each of their batches. */
export function traceSettle(deliveries: readonly Delivery[]): void {
  if (!isTracingEnabled()) return;
  const batches = new Set(deliveries.map((delivery) => deliverySpans.get(delivery)?.batch));
  for (const parent of batches) {
    if (!parent) continue;
    const { queue } = deliveries[0]!;
    startSpan(`ack ${queue}`, {
      kind: SpanKind.CLIENT,
      parent,
      attributes: {
        ...messagingAttributes('settle', queue),
        'messaging.batch.message_count': deliveries.length,
      },
    })?.end();
  }
}

/** `{exchange}:{routing key}:{queue}` */
function destinationName({ fields, queue }: Delivery): string {
  return `${fields.exchange}:${fields.routingKey}:${queue}`;
}

/** The context that the publication carries; without one, as with an older publisher, the creation of the event. */
function parentContext(item: TracedItem): TraceContext {
  return readTraceHeaders(item.delivery.properties) ?? creationContext(item);
}

/** The context in the envelope. A rejected message has only that of its headers. */
function creationContext({ message, delivery }: TracedItem): TraceContext {
  return message ?? readTraceHeaders(delivery.properties) ?? {};
}

/** The time in the queue, by the clocks of publisher and consumer. @returns its context */
function startWaitSpan(
  { properties }: Delivery,
  destination: string,
  parent: TraceContext,
): TraceContext | undefined {
  const headers = (properties.headers ?? {}) as Readonly<Record<string, unknown>>;
  const publishedAt = headers[PUBLISHED_AT_HEADER];
  if (typeof publishedAt !== 'number') return undefined;
  const startTime = Math.min(publishedAt, Date.now());
  const span = startSpan(`wait ${destination}`, { kind: SpanKind.INTERNAL, parent, startTime });
  span?.end();
  return span && traceContext(span);
}
