import type { ConsumeMessage, Options } from 'amqplib';
import type { Service } from '#contracts';

/** How long a failed message waits before each further attempt. One delay queue per step: never two TTLs in one queue. */
export const RETRY_STEPS = [
  { name: '1s', delayMs: 1_000 },
  { name: '5s', delayMs: 5_000 },
  { name: '30s', delayMs: 30_000 },
  { name: '2m', delayMs: 120_000 },
] as const;

/** The first delivery and one for each step. */
export const ATTEMPTS_MAX = RETRY_STEPS.length + 1;

/** Our own count of attempts; the broker's `x-delivery-count` counts what we do not control. */
export const ATTEMPT_HEADER = 'x-attempt';
/** Who published the message first: a retry is published by the service that failed to handle it. */
export const ORIGIN_USER_HEADER = 'x-origin-user';
export const ORIGIN_EXCHANGE_HEADER = 'x-origin-exchange';
export const ORIGIN_ROUTING_KEY_HEADER = 'x-origin-routing-key';

/** Where a service sends what it wants to see again later. */
export function retryExchange(service: Service): string {
  return `${service}.retry`;
}

/** Where delay queues put a message when its time has come; bound back to every partition. */
export function retryDueExchange(service: Service): string {
  return `${service}.retry.due`;
}

export function retryQueue(service: Service, step: string): string {
  return `${service}.retry.${step}`;
}

/** Where a delivery comes from. */
export interface Origin {
  /** Which attempt this is: 1 for the first, at most {@link ATTEMPTS_MAX}. */
  readonly attempt: number;
  /** The broker user that published the message first, as the broker has validated it. */
  readonly user: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
}

/**
 * Where the message was published first, also when this delivery is a retry: then our own headers say so. They are
 * believed only in a message that our own user published.
 */
export function originOf({ fields, properties }: ConsumeMessage, ownUser: string): Origin {
  const user = text(properties.userId);
  const headers: Record<string, unknown> = properties.headers ?? {};
  const attempt = headers[ATTEMPT_HEADER];
  if (user !== ownUser || typeof attempt !== 'number' || !Number.isInteger(attempt) || attempt < 1) {
    return { attempt: 1, user, exchange: fields.exchange, routingKey: fields.routingKey };
  }
  return {
    attempt: Math.min(attempt, ATTEMPTS_MAX),
    user: text(headers[ORIGIN_USER_HEADER]),
    exchange: text(headers[ORIGIN_EXCHANGE_HEADER]) ?? fields.exchange,
    routingKey: text(headers[ORIGIN_ROUTING_KEY_HEADER]) ?? fields.routingKey,
  };
}

export interface RetryPublication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/**
 * The same bytes under the same message id, addressed to the delay queue of the attempt that failed and, from there,
 * back to `queue`. Undefined when the attempts are used up.
 */
export function retryPublication(
  service: Service,
  ownUser: string,
  queue: string,
  delivery: ConsumeMessage,
): RetryPublication | undefined {
  const origin = originOf(delivery, ownUser);
  const step = RETRY_STEPS[origin.attempt - 1];
  if (!step) return undefined;
  const { properties } = delivery;
  return {
    exchange: retryExchange(service),
    routingKey: `${step.name}.${queue}`,
    body: delivery.content,
    properties: {
      contentType: text(properties.contentType),
      messageId: text(properties.messageId),
      type: text(properties.type),
      timestamp: properties.timestamp as number | undefined,
      correlationId: text(properties.correlationId),
      appId: text(properties.appId),
      persistent: true,
      userId: ownUser,
      headers: {
        [ATTEMPT_HEADER]: origin.attempt + 1,
        [ORIGIN_USER_HEADER]: origin.user,
        [ORIGIN_EXCHANGE_HEADER]: origin.exchange,
        [ORIGIN_ROUTING_KEY_HEADER]: origin.routingKey,
      },
    } as Options.Publish,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
