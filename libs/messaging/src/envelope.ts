import type { Options } from 'amqplib';
import { z } from 'zod';
import type { EventContract, Service } from '#contracts';

/**
 * One message on the wire: CloudEvents 1.0 in structured JSON mode, because CloudEvents has no official binding to
 * AMQP 0-9-1. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const CONTENT_TYPE = 'application/cloudevents+json';

/** Everything the envelope needs to know of an event; `data` is JSON text already, so that it is never parsed again. */
export interface EnvelopeFields {
  readonly id: string;
  /** For example `order.placed.v1`. */
  readonly type: string;
  readonly producer: Service;
  readonly subject: string;
  readonly sequence: number;
  readonly occurredAt: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
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
  });
  return Buffer.from(`${attributes.slice(0, -1)},"data":${fields.data}}`);
}

/** The AMQP properties: what the broker, or an operator, needs without parsing the body. */
export function messageProperties(fields: EnvelopeFields, brokerUser: string): Options.Publish {
  return {
    contentType: CONTENT_TYPE,
    messageId: fields.id,
    type: fields.type,
    timestamp: Math.floor(fields.occurredAt.getTime() / 1000),
    persistent: true,
    // The broker refuses a publisher that claims another's name here.
    userId: brokerUser,
    appId: fields.producer,
    correlationId: fields.correlationId,
  };
}

const hasNoNul = (text: string): boolean => !text.includes('\0');

/** A tolerant reader's view of the envelope: unknown attributes are ignored, as CloudEvents demands. */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().toLowerCase(),
  source: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  subject: z.string().min(1).max(200).refine(hasNoNul),
  time: z.iso.datetime({ offset: true }),
  partitionkey: z.string().min(1).max(200),
  sequence: z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(2_147_483_647)),
  correlationid: z.string().min(1).max(200).refine(hasNoNul),
  causationid: z.string().max(200).refine(hasNoNul).optional(),
  traceparent: z.string().max(200).refine(hasNoNul).optional(),
  data: z.unknown(),
});

/** `order.placed.v1` → `order.placed`; undefined when `type` has no version. */
export function eventNameFromType(type: string): EventContract['name'] | undefined {
  return /^(.+)\.v\d+$/.exec(type)?.[1];
}
