import type { ConsumeMessage, Options } from 'amqplib';
import type { Service } from '#contracts';
import type { Publication } from './publisher.js';

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
/** How often an operator had sent the message again when it set out. */
export const REPLAY_HEADER = 'x-replay';

/** No count of ours comes to more, so that no arithmetic with it leaves an integer column. */
const COUNT_MAX = 1_000_000;

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
  /** Which attempt this is: 1 for the first. Past {@link ATTEMPTS_MAX} only after a replay, which is one attempt more. */
  readonly attempt: number;
  /** By which replay it came: 0 for none. */
  readonly replay: number;
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
  const attempt = count(headers[ATTEMPT_HEADER], 1);
  if (user !== ownUser || attempt === undefined) {
    return { attempt: 1, replay: 0, user, exchange: fields.exchange, routingKey: fields.routingKey };
  }
  return {
    attempt,
    replay: count(headers[REPLAY_HEADER], 0) ?? 0,
    user: text(headers[ORIGIN_USER_HEADER]),
    exchange: text(headers[ORIGIN_EXCHANGE_HEADER]) ?? fields.exchange,
    routingKey: text(headers[ORIGIN_ROUTING_KEY_HEADER]) ?? fields.routingKey,
  };
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
): Publication | undefined {
  const origin = originOf(delivery, ownUser);
  const step = RETRY_STEPS[origin.attempt - 1];
  if (!step) return undefined;
  const { content: body, properties } = delivery;
  const next = { ...origin, attempt: origin.attempt + 1 };
  return republication({ service, ownUser, queue, step: step.name, origin: next, body, properties });
}

/** The AMQP properties that a message keeps when it is sent once more; what is no text is dropped. */
type KeptProperties = Readonly<
  Partial<Record<'contentType' | 'messageId' | 'type' | 'timestamp' | 'correlationId' | 'appId', unknown>>
>;

/** A dead letter as it sets out again. */
export interface Replayed {
  readonly queue: string;
  readonly body: Buffer;
  readonly messageId: string | null;
  /** The AMQP properties with which it came last. */
  readonly properties: KeptProperties;
  /** What its delivery is to be taken for. */
  readonly origin: Origin;
}

/** The same bytes under the same message id, on their way back to `queue` by the shortest delay queue. */
export function replayPublication(service: Service, ownUser: string, letter: Replayed): Publication {
  const properties = { ...letter.properties, messageId: letter.messageId };
  return republication({ ...letter, service, ownUser, step: RETRY_STEPS[0].name, properties });
}

/** A message that its consumer sends itself once more; what it says of the message's past is believed only by itself. */
function republication(again: {
  readonly service: Service;
  readonly ownUser: string;
  readonly queue: string;
  readonly step: string;
  readonly origin: Origin;
  readonly body: Buffer;
  readonly properties: KeptProperties;
}): Publication {
  const { service, ownUser, queue, step, origin, body, properties } = again;
  const { timestamp } = properties;
  return {
    exchange: retryExchange(service),
    routingKey: `${step}.${queue}`,
    body,
    properties: {
      contentType: text(properties.contentType),
      messageId: text(properties.messageId),
      type: text(properties.type),
      timestamp: typeof timestamp === 'number' ? timestamp : undefined,
      correlationId: text(properties.correlationId),
      appId: text(properties.appId),
      persistent: true,
      userId: ownUser,
      headers: {
        [ATTEMPT_HEADER]: origin.attempt,
        ...(origin.replay > 0 && { [REPLAY_HEADER]: origin.replay }),
        [ORIGIN_USER_HEADER]: origin.user,
        [ORIGIN_EXCHANGE_HEADER]: origin.exchange,
        [ORIGIN_ROUTING_KEY_HEADER]: origin.routingKey,
      },
    } as Options.Publish,
  };
}

function count(value: unknown, least: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= least
    ? Math.min(value as number, COUNT_MAX)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
