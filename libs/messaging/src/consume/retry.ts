import type { ConsumeMessage, Options } from 'amqplib';
import type { Service } from '#contracts';
import type { Publication } from '../publish/confirm-publisher.js';
import {
  type Origin,
  ORIGIN_USER_HEADER,
  ORIGIN_EXCHANGE_HEADER,
  ORIGIN_ROUTING_KEY_HEADER,
  ATTEMPT_HEADER,
  REPLAY_HEADER,
  readOrigin,
  asString,
} from '../provenance.js';
import { RETRY_STEPS, retryExchange } from '../routing.js';

/** The first delivery and one for each step. */
export const ATTEMPTS_MAX = RETRY_STEPS.length + 1;

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
  const origin = readOrigin(delivery, ownUser);
  const step = RETRY_STEPS[origin.attempt - 1];
  if (!step) return undefined;
  const { content: body, properties } = delivery;
  const next = { ...origin, attempt: origin.attempt + 1 };
  return toPublication({ service, ownUser, queue, step: step.name, origin: next, body, properties });
}

/** The AMQP properties that a message keeps when it is sent once more; what is no text is dropped. */
type PreservedProperties = Readonly<
  Partial<Record<'contentType' | 'messageId' | 'type' | 'timestamp' | 'correlationId' | 'appId', unknown>>
>;

/** A dead letter as it sets out again. */
export interface DeadLetterReplay {
  readonly queue: string;
  readonly body: Buffer;
  readonly messageId: string | null;
  /** The AMQP properties with which it came last. */
  readonly properties: PreservedProperties;
  /** What its delivery is to be taken for. */
  readonly origin: Origin;
}

/** The same bytes under the same message id, on their way back to `queue` by the shortest delay queue. */
export function replayPublication(service: Service, ownUser: string, letter: DeadLetterReplay): Publication {
  const properties = { ...letter.properties, messageId: letter.messageId };
  return toPublication({ ...letter, service, ownUser, step: RETRY_STEPS[0].name, properties });
}

/** A message that its consumer sends itself once more; what it says of the message's past is believed only by itself. */
function toPublication(message: {
  readonly service: Service;
  readonly ownUser: string;
  readonly queue: string;
  readonly step: string;
  readonly origin: Origin;
  readonly body: Buffer;
  readonly properties: PreservedProperties;
}): Publication {
  const { service, ownUser, queue, step, origin, body, properties } = message;
  const { timestamp } = properties;
  return {
    exchange: retryExchange(service),
    routingKey: `${step}.${queue}`,
    body,
    properties: {
      contentType: asString(properties.contentType),
      messageId: asString(properties.messageId),
      type: asString(properties.type),
      timestamp: typeof timestamp === 'number' ? timestamp : undefined,
      correlationId: asString(properties.correlationId),
      appId: asString(properties.appId),
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
