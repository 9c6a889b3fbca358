import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { sqlState, type Transaction } from '#database';
import { messagesDeadLettered } from './consumer-diagnostics.js';
import { MessageRejectedError } from '../errors.js';
import type { Log } from '#observability';
import { type Origin, readOrigin } from '../provenance.js';

/** A message that was not handled, with the data to diagnose and to replay it. */
export interface DeadLetter {
  /** The queue of the delivery. `queue` and `key` identify a dead letter: a repeated failure updates it. */
  readonly queue: string;
  /** See {@link deliveryKey}. */
  readonly key: string;
  readonly messageId: string | null;
  readonly type: string | null;
  /** A stable code to group by, such as `invalid_data` or `attempts_exhausted`; see {@link deadLetterReason}. */
  readonly failureReason: string;
  readonly error: string;
  readonly stack: string | null;
  readonly attempts: number;
  /** The number of replays so far; 0 for a message that was never replayed. */
  readonly replay: number;
  /** Identifies the delivery within its channel, so that a batch that is processed twice records one failure. */
  readonly delivery: string;
  /** Whether it was a redelivery: the same failure may already be recorded, if only its acknowledgement was lost. */
  readonly redelivered: boolean;
  /** The exchange of the first publication; see `Origin`. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly publishedBy: string | null;
  /** The AMQP properties and headers, as JSON. */
  readonly properties: string;
  /** The received bytes, unchanged. */
  readonly body: Buffer;
}

/** Stores dead letters in the service's database, in the batch's transaction. Must be idempotent. */
export type AddDeadLetters = (tx: Transaction, letters: readonly DeadLetter[]) => Promise<void>;

/**
 * Builds the dead letter of a delivery that failed with `error`. Never throws: texts are made storable in PostgreSQL and
 * cut, the error and its stack at 10,000 characters.
 */
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
    key: deliveryKey(delivery),
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

/** Identifies a message within its queue: the message id, or a hash of the bytes when it has none. Never throws. */
export function deliveryKey({ properties, content }: ConsumeMessage): string {
  return toStorableText(properties.messageId) ?? createHash('sha256').update(content).digest('hex');
}

/** Builds the dead letter of a message that the broker has dead-lettered. Reason and queue come from its `x-death` headers. */
export function buildBrokerDeadLetter(delivery: ConsumeMessage, ownUser: string): DeadLetter {
  const death = readLastDeath(delivery);
  const fields = { ...delivery.fields, exchange: death.exchange, routingKey: death.routingKey };
  const origin = readOrigin({ ...delivery, fields }, ownUser);
  const explanation = death.reason === 'delivery_limit' ? DELIVERY_LIMIT_HINT : '';
  const error = new Error(`the broker dead-lettered the message: ${death.reason}${explanation}`);
  delete error.stack;
  return buildDeadLetter(death.queue, delivery, origin, death.reason, error);
}

// Only where an operator has set a limit by policy: the queues have none.
const DELIVERY_LIMIT_HINT = ' (delivered more often than a policy permits, and never acknowledged)';

type Death = Record<string, unknown>;

/**
 * The last death of the message; a retried message has earlier ones, in delay queues. RabbitMQ lists the last death
 * first, and since 4.0 names it in `x-last-death-…` headers.
 */
function readLastDeath({ fields, properties }: ConsumeMessage) {
  const headers: Record<string, unknown> = properties.headers ?? {};
  // A publisher can set x-death to any value before the broker adds its entries.
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

/** Logs stored dead letters and publishes {@link messagesDeadLettered}. Call it after the commit. */
export function logDeadLetters(log: Log, letters: readonly DeadLetter[]): void {
  messagesDeadLettered.publish(letters);
  for (const { queue, messageId, failureReason, error, attempts } of letters) {
    log.error({ queue, messageId, reason: failureReason, error, attempts }, 'dead letter');
  }
}

/** The failure reason of an error: a `RejectionReason`, `sqlstate_<code>`, or the error's class name. */
export function deadLetterReason(error: unknown): string {
  if (error instanceof MessageRejectedError) return error.reason;
  const state = sqlState(error);
  if (state) return `sqlstate_${state}`;
  return error instanceof Error ? error.name : 'unknown';
}

/** PostgreSQL rejects NUL and lone surrogates in text. */
function toStorable(text: string): string {
  return text.slice(0, 10_000).replaceAll('\0', '␀').toWellFormed();
}

function toStorableText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? toStorable(value.slice(0, 255)) : null;
}

/** The value as JSON, or `{}` if it nests too deep for `JSON.stringify`: only the body is needed for a replay. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'bigint' ? String(member) : member,
    );
  } catch {
    return '{}';
  }
}
