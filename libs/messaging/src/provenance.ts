import type { ConsumeMessage } from 'amqplib';

/** Where a delivery comes from. */
export interface Origin {
  /** Which attempt this is: 1 for the first. Past {@link ATTEMPTS_MAX} only after a replay, which is one attempt more. */
  readonly attempt: number;
  /** By which replay it came: 0 for none. */
  readonly replay: number;
  /** The broker user that published the message first, as the broker has validated it. */
  readonly user: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
}

/** Who published the message first: a retry is published by the service that failed to handle it. */
export const ORIGIN_USER_HEADER = 'x-origin-user';

export const ORIGIN_EXCHANGE_HEADER = 'x-origin-exchange';

export const ORIGIN_ROUTING_KEY_HEADER = 'x-origin-routing-key';

/** Our own count of attempts; the broker's `x-delivery-count` counts what we do not control. */
export const ATTEMPT_HEADER = 'x-attempt';

/** How often an operator had sent the message again when it set out. */
export const REPLAY_HEADER = 'x-replay';

/** No count of ours comes to more, so that no arithmetic with it leaves an integer column. */
export const COUNT_MAX = 1_000_000;

/**
 * Where the message was published first, also when this delivery is a retry: then our own headers say so. They are
 * believed only in a message that our own user published.
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

export function toBoundedCount(value: unknown, min: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= min
    ? Math.min(value as number, COUNT_MAX)
    : undefined;
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
