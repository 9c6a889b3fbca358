import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { sqlState, type Transaction } from '#database';
import { messagesDeadLettered } from './consumer-diagnostics.js';
import { MessageRejectedError } from '../errors.js';
import type { Log } from '#observability';
import { type Origin, readOrigin } from '../provenance.js';

/** A message that could not be handled, with all that is needed to understand it and to send it again. */
export interface DeadLetter {
  /** The queue it was taken from. With `key` it names the dead letter: the same failure twice is one dead letter. */
  readonly queue: string;
  /** The message id, or a hash of the bytes when it has none. */
  readonly key: string;
  readonly messageId: string | null;
  readonly type: string | null;
  /** A short, stable word for grouping, such as `invalid_data` or `attempts_exhausted`. */
  readonly failureReason: string;
  readonly error: string;
  readonly stack: string | null;
  readonly attempts: number;
  /** By which replay it came: 0 for none. */
  readonly replay: number;
  /** Names the delivery that failed, while its channel lives: the same one handled again is the same failure. */
  readonly delivery: string;
  /** Whether the broker had delivered it before: then it may have failed before, too, and only its ack been lost. */
  readonly redelivered: boolean;
  /** Where it was published first, and by which broker user. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly publishedBy: string | null;
  /** The AMQP properties and headers, as JSON. */
  readonly properties: string;
  /** The bytes, exactly as they came. */
  readonly body: Buffer;
}

/** Stores dead letters in the service's own database; the transaction is the batch's. */
export type AddDeadLetters = (tx: Transaction, letters: readonly DeadLetter[]) => Promise<void>;

/** Builds the dead letter of a delivery that failed with `error`; `origin` is where it came from. */
export function buildDeadLetter(
  queue: string,
  delivery: ConsumeMessage,
  origin: Origin,
  failureReason: string,
  error: unknown,
): DeadLetter {
  const { fields, properties, content } = delivery;
  const messageId = toStorableText(properties.messageId);
  const cause = error instanceof Error ? error : new Error(String(error));
  return {
    queue: toStorable(queue),
    key: messageId ?? createHash('sha256').update(content).digest('hex'),
    messageId,
    type: toStorableText(properties.type),
    failureReason: toStorable(failureReason),
    error: toStorable(`${cause.name}: ${cause.message}`),
    stack: cause.stack ? toStorable(cause.stack) : null,
    attempts: origin.attempt,
    replay: origin.replay,
    delivery: toStorable(`${fields.consumerTag}:${fields.deliveryTag}`),
    redelivered: fields.redelivered,
    exchange: toStorable(origin.exchange),
    routingKey: toStorable(origin.routingKey),
    publishedBy: toStorableText(origin.user),
    properties: toJson(properties),
    body: content,
  };
}

/** The dead letter of a delivery that the broker gave up on; it says why and from where in its own headers. */
export function buildBrokerDeadLetter(delivery: ConsumeMessage, ownUser: string): DeadLetter {
  const death = readLastDeath(delivery);
  const fields = { ...delivery.fields, exchange: death.exchange, routingKey: death.routingKey };
  const origin = readOrigin({ ...delivery, fields }, ownUser);
  const explanation = death.reason === 'delivery_limit' ? DELIVERY_LIMIT_HINT : '';
  const error = new Error(`the broker gave up: ${death.reason}${explanation}`);
  delete error.stack;
  return buildDeadLetter(death.queue, delivery, origin, death.reason, error);
}

const DELIVERY_LIMIT_HINT =
  ' (delivered again and again and never acknowledged: it may be ending the process)';

type Death = Record<string, unknown>;

/**
 * Why and where the message died last; a retried one has also died, by design, in a delay queue. RabbitMQ lists the
 * latest death first, and since 4.0 names it in headers of their own.
 */
function readLastDeath({ fields, properties }: ConsumeMessage) {
  const headers: Record<string, unknown> = properties.headers ?? {};
  // What was there before the broker added its own may be anything.
  const deaths = Array.isArray(headers['x-death'])
    ? (headers['x-death'] as (Death | null | undefined)[])
    : [];
  const queue = headers['x-last-death-queue'] ?? deaths[0]?.['queue'];
  const reason = headers['x-last-death-reason'] ?? deaths[0]?.['reason'];
  const death = deaths.find((entry) => entry?.['queue'] === queue && entry?.['reason'] === reason);
  const routingKeys = death?.['routing-keys'];
  return {
    queue: toStorableText(queue) ?? fields.routingKey,
    reason: toStorableText(reason) ?? 'unknown',
    exchange: toStorableText(death?.['exchange']) ?? fields.exchange,
    routingKey: toStorableText(Array.isArray(routingKeys) && routingKeys[0]) ?? fields.routingKey,
  };
}

/** Says that these have been stored. */
export function logDeadLetters(log: Log, letters: readonly DeadLetter[]): void {
  messagesDeadLettered.publish(letters);
  for (const { queue, messageId, failureReason, error, attempts } of letters) {
    log.error({ queue, messageId, reason: failureReason, error, attempts }, 'dead letter');
  }
}

/** The dead-letter reason of an error: a rejection's own word, the database's SQLSTATE, or the error's class. */
export function deadLetterReason(error: unknown): string {
  if (error instanceof MessageRejectedError) return error.reason;
  const state = sqlState(error);
  if (state) return `sqlstate_${state}`;
  return error instanceof Error ? error.name : 'unknown';
}

/** PostgreSQL stores no NUL and no lone surrogate. */
function toStorable(text: string): string {
  return text.slice(0, 10_000).replaceAll('\0', '␀').toWellFormed();
}

function toStorableText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? toStorable(value.slice(0, 255)) : null;
}

/** The value as JSON. What nests too deep to be written is left out: the bytes are what matters. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'bigint' ? String(member) : member,
    );
  } catch {
    return '{}';
  }
}
