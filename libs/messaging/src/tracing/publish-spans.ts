import {
  type Attributes,
  failSpan,
  readTraceContext,
  redact,
  SpanKind,
  startSpan,
  type TraceContext,
  traceContext,
} from '#observability';
import type { Publication } from '../publish/publication.js';

/** The operations of messaging, by the semantic conventions of OpenTelemetry. */
export type MessagingOperation = 'create' | 'send' | 'process' | 'settle';

/** A client chooses the correlation id, and a malformed message may have any id. */
const toSafeId = (text: string): string => redact(text.slice(0, 128));

/** The attributes that every span of messaging has. Tokens and card numbers in the ids are masked. */
export function messagingAttributes(
  type: MessagingOperation,
  destination: string,
  { messageId, correlationId }: { readonly messageId?: unknown; readonly correlationId?: unknown } = {},
): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': type === 'settle' ? 'ack' : type,
    'messaging.operation.type': type,
    'messaging.destination.name': destination,
    ...(typeof messageId === 'string' && { 'messaging.message.id': toSafeId(messageId) }),
    ...(typeof correlationId === 'string' && {
      'messaging.message.conversation_id': toSafeId(correlationId),
    }),
  };
}

/**
 * Calls `send` as a `send` span that continues `parent`, which is sampled, and ends with the confirm. The message carries
 * the context of the span in its headers. Rejects with the error of `send`.
 */
export async function traceSend(
  publication: Publication,
  parent: TraceContext,
  send: (publication: Publication) => Promise<void>,
): Promise<void> {
  const { exchange, routingKey, properties } = publication;
  const destination = `${exchange}:${routingKey}`;
  const attributes = messagingAttributes('send', destination, properties);
  const span = startSpan(`send ${destination}`, { kind: SpanKind.CLIENT, parent, attributes });
  if (!span) return send(publication);
  const headers = { ...(properties.headers as object | undefined), ...traceContext(span) };
  try {
    await send({ ...publication, properties: { ...properties, headers } });
  } catch (error) {
    failSpan(span, (error as Error).name);
    throw error;
  } finally {
    span.end();
  }
}

/** The trace context in the headers of a message, which any publisher can set; undefined without a well-formed one. */
export function readTraceHeaders(properties: { readonly headers?: unknown }): TraceContext | undefined {
  const { headers } = properties;
  return typeof headers === 'object' && headers !== null ? readTraceContext(headers) : undefined;
}
