/** Why a message can never be handled as it is; the dead letter's cause. */
export type RejectionReason =
  | 'malformed'
  | 'too_large'
  | 'too_deep'
  | 'not_cloudevents'
  | 'unknown_type'
  | 'unsupported_version'
  | 'invalid_data'
  | 'forged_producer'
  | 'id_mismatch';

/** The message is refused before anybody has acted on it: it becomes a dead letter at once. */
export class MessageRejectedError extends Error {
  override readonly name = 'MessageRejectedError';
  readonly permanent = true;

  constructor(
    readonly reason: RejectionReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The broker refused the message (a nack), for example because the queue is full. It was not stored: send it later. */
export class PublishNackedError extends Error {
  override readonly name = 'PublishNackedError';
}

/**
 * The channel closed before the confirm came. The message may be stored or not: send it again under the same id.
 * `cause` is the broker's complaint when it closed the channel because of one of the messages that were in flight.
 */
export class PublishOutcomeUnknownError extends Error {
  override readonly name = 'PublishOutcomeUnknownError';
}

/** The message cannot be put on the wire, now or ever: too large, or a property that AMQP has no room for. */
export class UnpublishableError extends Error {
  override readonly name = 'UnpublishableError';
  readonly permanent = true;
}

/** There is no open channel to the broker now, or it has blocked us; nothing was sent. */
export class BrokerUnavailableError extends Error {
  override readonly name = 'BrokerUnavailableError';
}

/**
 * Whether trying again cannot help. Any error class may say so with `permanent = true` (a domain's errors do, without
 * importing this library); so does SQLSTATE class 22 and 23, which is about the data.
 */
export function isPermanent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { permanent, code } = error as { permanent?: unknown; code?: unknown };
  return permanent === true || (typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code));
}
