import type { Options } from 'amqplib';
import { z } from 'zod';
import type { EventContract, Service } from '#contracts';
import { isTraceparent, isTracestate } from '#observability';

/**
 * The content type of every message: CloudEvents 1.0 in structured JSON mode, because CloudEvents has no official binding
 * to AMQP 0-9-1. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const CONTENT_TYPE = 'application/cloudevents+json';

/** An event as the outbox stores it: the input of {@link encodeEnvelope} and {@link messageProperties}. */
export interface EnvelopeFields {
  /** The message id, a UUID: the same in every retry and replay. */
  readonly id: string;
  /** Name and version, for example `order.placed.v1`. */
  readonly type: string;
  readonly producer: Service;
  /** An order id or a SKU; also the partition key. 1 to 200 characters. */
  readonly subject: string;
  /** The version of the producer's aggregate: 1 to 2^31 - 1. */
  readonly sequence: number;
  readonly occurredAt: Date;
  /** The same in every message of one order. 1 to 200 characters. */
  readonly correlationId: string;
  /** The id of the message that caused this one. */
  readonly causationId: string | null;
  /** W3C trace context. */
  readonly traceparent: string | null;
  /** Vendor data of the trace. Default none. */
  readonly tracestate?: string | null | undefined;
  /** The event's data as JSON text. It is not parsed and not checked here. */
  readonly data: string;
}

/** The message's bytes: the attributes as JSON, and `data` inserted unparsed as the last member. */
export function encodeEnvelope(fields: EnvelopeFields): Buffer {
  const attributes = JSON.stringify({
    specversion: '1.0',
    id: fields.id,
    source: `/${fields.producer}`,
    type: fields.type,
    subject: fields.subject,
    time: fields.occurredAt.toISOString(),
    datacontenttype: 'application/json',
    partitionkey: fields.subject,
    // The sequence extension demands a string whose lexicographical order is the order of events.
    sequence: String(fields.sequence).padStart(10, '0'),
    correlationid: fields.correlationId,
    causationid: fields.causationId ?? undefined,
    traceparent: fields.traceparent ?? undefined,
    tracestate: fields.tracestate ?? undefined,
  });
  return Buffer.from(`${attributes.slice(0, -1)},"data":${fields.data}}`);
}

/** The message's AMQP properties, for the broker and for operators: the same facts without parsing the body. */
export function messageProperties(fields: EnvelopeFields, brokerUser: string): Options.Publish {
  return {
    contentType: CONTENT_TYPE,
    messageId: fields.id,
    type: fields.type,
    timestamp: Math.floor(fields.occurredAt.getTime() / 1000),
    persistent: true,
    // RabbitMQ rejects a publication under another user's name (validated user id).
    userId: brokerUser,
    appId: fields.producer,
    correlationId: fields.correlationId,
  };
}

const hasNoNul = (text: string): boolean => !text.includes('\0');

/** Libraries of other languages write an absent attribute as null, which CloudEvents allows. */
const optionalText = z
  .string()
  .max(200)
  .refine(hasNoNul)
  .nullish()
  .transform((value) => value ?? undefined);

/** A malformed trace context is no context: tracing rejects no message. */
const traceText = (isWellFormed: (text: string) => boolean) =>
  z
    .string()
    .refine(isWellFormed)
    .nullish()
    .catch(undefined)
    .transform((value) => value ?? undefined);

/**
 * Validates a received envelope, of this or another CloudEvents library. Unknown attributes are dropped, as CloudEvents
 * demands; every string has a bound. `time` may have any offset and precision; the result is UTC in ms.
 */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().toLowerCase(),
  source: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  subject: z.string().min(1).max(200).refine(hasNoNul),
  time: z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString()),
  partitionkey: z.string().min(1).max(200),
  sequence: z
    .union([z.string().regex(/^\d{1,10}$/), z.number()])
    .transform(Number)
    .pipe(z.int().min(1).max(2_147_483_647)),
  correlationid: z.string().min(1).max(200).refine(hasNoNul),
  causationid: optionalText,
  traceparent: traceText(isTraceparent),
  tracestate: traceText(isTracestate),
  data: z.unknown(),
});

/** The name in a CloudEvents type: `order.placed.v1` → `order.placed`. Undefined when `type` has no version. */
export function eventNameFromType(type: string): EventContract['name'] | undefined {
  return /^(.+)\.v\d+$/.exec(type)?.[1];
}
