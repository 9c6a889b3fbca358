import type { ConsumeMessage } from 'amqplib';

/** Where a message was first published, and how often it was attempted. */
export interface Origin {
  /** The number of this attempt, from 1. Only a replay exceeds `ATTEMPTS_MAX`: it adds one attempt. */
  readonly attempt: number;
  /** The number of replays so far; 0 for a message that was never replayed. */
  readonly replay: number;
  /** The broker user that first published the message, validated by the broker; undefined if it was not stated. */
  readonly user: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
}

/** The broker user that first published a retried message; the retry's own publisher is the consuming service. */
export const ORIGIN_USER_HEADER = 'x-origin-user';

/** The exchange to which a retried message was first published. */
export const ORIGIN_EXCHANGE_HEADER = 'x-origin-exchange';

/** The routing key with which a retried message was first published. */
export const ORIGIN_ROUTING_KEY_HEADER = 'x-origin-routing-key';

/** The number of the attempt. RabbitMQ's `x-delivery-count` also counts lost connections, so it cannot limit attempts. */
export const ATTEMPT_HEADER = 'x-attempt';

/** How often an operator has replayed the message. */
export const REPLAY_HEADER = 'x-replay';

/** When the publisher sent the message, in ms since 1970 by its clock; a retry or a replay has the time of its publication. */
export const PUBLISHED_AT_HEADER = 'x-published-at';

/** Upper bound of a count that is read from a header: it fits PostgreSQL's `integer`, with room for arithmetic. */
export const COUNT_MAX = 1_000_000;

/**
 * The origin of a delivery. The `x-origin-…` headers of a retry are trusted only if the service's own user `ownUser`
 * published it; otherwise the origin is the delivery itself, at attempt 1. Never throws.
 */
export function readOrigin({ fields, properties }: ConsumeMessage, ownUser: string): Origin {
  const user = asString(properties.userId);
  const headers: Record<string, unknown> = properties.headers ?? {};
  const attempt = toBoundedCount(headers[ATTEMPT_HEADER], 1);
  if (user !== ownUser || attempt === undefined) {
    return { attempt: 1, replay: 0, user, exchange: fields.exchange, routingKey: fields.routingKey };
  }
  return {
    attempt,
    replay: toBoundedCount(headers[REPLAY_HEADER], 0) ?? 0,
    user: asString(headers[ORIGIN_USER_HEADER]),
    exchange: asString(headers[ORIGIN_EXCHANGE_HEADER]) ?? fields.exchange,
    routingKey: asString(headers[ORIGIN_ROUTING_KEY_HEADER]) ?? fields.routingKey,
  };
}

/**
 * Seconds from the publication of a first delivery until `nowMs`; undefined for a retry, whose delay queue would count,
 * and without the header. At least 0: the clocks of two machines differ.
 */
export function queueSeconds({ properties }: ConsumeMessage, nowMs: number): number | undefined {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const publishedAt = headers[PUBLISHED_AT_HEADER];
  if (typeof publishedAt !== 'number' || headers[ATTEMPT_HEADER] !== undefined) return undefined;
  return Math.max(0, nowMs - publishedAt) / 1_000;
}

/** `value` if it is an integer of at least `min`, cut at {@link COUNT_MAX}; otherwise undefined. */
export function toBoundedCount(value: unknown, min: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= min
    ? Math.min(value as number, COUNT_MAX)
    : undefined;
}

/** `value` if it is a string, otherwise undefined. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
