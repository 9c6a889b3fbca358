/** Why a message was rejected; the `failureReason` of its dead letter. */
export type RejectionReason =
  | 'malformed'
  | 'too_large'
  | 'too_deep'
  | 'not_cloudevents'
  | 'unknown_type'
  | 'unsupported_version'
  | 'invalid_data'
  | 'unexpected_publisher'
  | 'id_mismatch';

/** The message is invalid and was not handled. It becomes a dead letter without a retry. */
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

/** The broker nacked the message, for example because a queue is full. At least one queue has not stored it: publish again later. */
export class PublishNackedError extends Error {
  override readonly name = 'PublishNackedError';
}

/**
 * No confirm arrived: the channel closed first, or 30 s passed. The message may be stored: publish it again under the same
 * id. `cause` is the broker's error if the broker closed the channel because of one of the messages in flight.
 */
export class PublishOutcomeUnknownError extends Error {
  override readonly name = 'PublishOutcomeUnknownError';
}

/** No confirm arrived in time, and the channel is open: a queue that the message was routed to does not respond. */
export class ConfirmTimeoutError extends PublishOutcomeUnknownError {}

/** AMQP cannot encode the message, for example a property over 255 bytes. Nothing was sent; a retry cannot succeed. */
export class UnpublishableError extends Error {
  override readonly name = 'UnpublishableError';
  readonly permanent = true;
}

/** The broker is disconnected, or has a resource alarm and blocks the connection. Nothing was sent: retry later. */
export class BrokerUnavailableError extends Error {
  override readonly name = 'BrokerUnavailableError';
}
