import type { ConsumeMessage, Options } from 'amqplib';
import type { Service } from '#contracts';
import { isPermanent } from '#database';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import type { Publication } from '../publish/publication.js';
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
import { processContext } from '../tracing/process-spans.js';
import { readTraceHeaders } from '../tracing/publish-spans.js';

/** Attempts of a message before it becomes a dead letter: the first delivery, and one per retry step. */
export const ATTEMPTS_MAX = RETRY_STEPS.length + 1;

/**
 * The publication that retries a failed delivery: the same bytes and message id, to the delay queue of its attempt, and
 * from there back to `queue`. Undefined after {@link ATTEMPTS_MAX} attempts.
 */
export function retryPublication(
  service: Service,
  ownUser: string,
  queue: string,
  delivery: ConsumeMessage,
): Publication | undefined {
  const origin = readOrigin(delivery, ownUser);
  const step = retryStep(origin);
  if (!step) return undefined;
  const { content: body, properties } = delivery;
  const next = { ...origin, attempt: origin.attempt + 1 };
  const parent = processContext(delivery);
  return { ...toPublication({ service, ownUser, queue, step, origin: next, body, properties }), parent };
}

/** The retry step that follows an attempt, `1s`, `5s`, `30s` or `2m`; undefined after the last attempt. */
export function retryStep({ attempt }: Origin): string | undefined {
  return RETRY_STEPS[attempt - 1]?.name;
}

/**
 * Publishes the retries of a batch together. After a retry that was not confirmed, one retry to the same delay queue probes
 * it before the others follow: a queue that never confirms receives one copy per attempt, not one of every message.
 */
export class RetryPublisher {
  /** The error of the last retry to a delay queue, by retry step, until a retry to it is confirmed. */
  private readonly unconfirmed = new Map<string, Error>();

  constructor(private readonly publisher: ConfirmPublisher) {}

  /** Resolves to the error of each publication, in order; undefined when it is confirmed. Never rejects. */
  async publishAll(publications: readonly Publication[]): Promise<(Error | undefined)[]> {
    const errors = new Map<Publication, Error | undefined>();
    const publishStep = async (step: string): Promise<void> => {
      const group = publications.filter(({ routingKey }) => routingKey.startsWith(`${step}.`));
      if (group.length === 0) return;
      const probes = this.unconfirmed.delete(step) ? 1 : 0;
      await this.publishTogether(step, group.slice(0, probes), errors);
      await this.publishTogether(step, group.slice(probes), errors);
    };
    await Promise.all(RETRY_STEPS.map(({ name }) => publishStep(name)));
    return publications.map((publication) => errors.get(publication));
  }

  /** Publishes nothing after a probe that was not confirmed: its error is the error of all. */
  private async publishTogether(
    step: string,
    publications: readonly Publication[],
    errors: Map<Publication, Error | undefined>,
  ): Promise<void> {
    const probeError = this.unconfirmed.get(step);
    await Promise.all(
      publications.map(async (publication) => {
        const error = probeError ?? (await this.tryPublish(publication));
        errors.set(publication, error);
        if (error && !isPermanent(error)) this.unconfirmed.set(step, error);
      }),
    );
  }

  private async tryPublish(publication: Publication): Promise<Error | undefined> {
    try {
      await this.publisher.publish(publication);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

/** The AMQP properties that a retry or replay keeps. A value of another type is dropped. */
type PreservedProperties = Readonly<
  Partial<Record<'contentType' | 'messageId' | 'type' | 'timestamp' | 'correlationId' | 'appId', unknown>>
>;

/** A dead letter to replay. */
export interface DeadLetterReplay {
  /** The queue of the failed delivery, to which the replay is routed. */
  readonly queue: string;
  readonly body: Buffer;
  readonly messageId: string | null;
  /** The AMQP properties of the last delivery. Of the headers, only the trace context is kept. */
  readonly properties: PreservedProperties & { readonly headers?: unknown };
  /** The origin that the replay carries in its headers: attempt and replay count are those of the replay. */
  readonly origin: Origin;
}

/** The publication that replays a dead letter: the same bytes and message id, through the shortest delay queue, to `queue`. */
export function replayPublication(service: Service, ownUser: string, letter: DeadLetterReplay): Publication {
  const properties = { ...letter.properties, messageId: letter.messageId };
  const step = RETRY_STEPS[0].name;
  const parent = readTraceHeaders(letter.properties);
  return { ...toPublication({ ...letter, service, ownUser, step, properties }), parent };
}

/** A message that a service publishes to itself; {@link readOrigin} trusts its headers only in that service. */
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
