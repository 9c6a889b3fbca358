import type { ConsumeMessage } from 'amqplib';
import type { EventContract, Service, Subscription } from '#contracts';
import { JsonRejectedError, parseStrictJson } from '#json';
import { envelopeSchema, eventNameFromType } from '../envelope.js';
import type { EventMessage } from '../event-message.js';
import { MessageRejectedError } from '../errors.js';
import { readOrigin } from '../provenance.js';

/** Bounds of one message. The largest event of the contracts is below 10 KB. */
const LIMITS = { maxBytes: 256 * 1024, maxDepth: 32 } as const;

/** The broker user of each service. */
export type BrokerUsers = Readonly<Record<Service, string>>;

/**
 * Returns the decoder of a subscription: it validates a delivery, its producer included, and returns the message.
 *
 * @throws MessageRejectedError (from the decoder) when the delivery is invalid
 */
export function createDecoder(
  subscription: Subscription,
  brokerUsers: BrokerUsers,
): (delivery: ConsumeMessage) => EventMessage {
  const parse = createEventParser(subscription);
  const ownUser = brokerUsers[subscription.service];

  return (delivery) => {
    const message = parse(delivery.content, ({ producer }) =>
      assertProducer(delivery, producer, brokerUsers[producer], ownUser),
    );
    const { messageId } = delivery.properties as { messageId?: unknown };
    if (typeof messageId !== 'string' || messageId.toLowerCase() !== message.id) {
      throw new MessageRejectedError(
        'id_mismatch',
        `the message-id property differs from the event id ${message.id}`,
      );
    }
    return message;
  };
}

/**
 * Returns the parser of a subscription: it validates bytes as its consumer does, except for the producer. `onContract`
 * is called with the event's contract before the data is validated.
 *
 * @throws MessageRejectedError (from the parser) when the bytes are no event of the subscription
 */
export function createEventParser(
  subscription: Subscription,
): (content: Buffer, onContract?: (contract: EventContract) => void) => EventMessage {
  const contracts = new Map<string, EventContract>(
    subscription.events.map((contract) => [contract.type, contract]),
  );
  return (content, onContract) => {
    const envelope = parseEnvelope(content);
    const contract = contracts.get(envelope.type) ?? rejectType(envelope.type, subscription);
    onContract?.(contract);
    return {
      id: envelope.id,
      name: contract.name,
      version: contract.version,
      producer: contract.producer,
      subject: envelope.subject,
      sequence: envelope.sequence,
      occurredAt: envelope.time,
      correlationId: envelope.correlationid,
      causationId: envelope.causationid,
      traceparent: envelope.traceparent,
      tracestate: envelope.traceparent && envelope.tracestate,
      data: parseData(contract, envelope.data),
    };
  };
}

/** The magic numbers of gzip and zstd: the error then says that the body is compressed, not that its JSON is malformed. */
const COMPRESSED = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];

function parseEnvelope(content: Buffer) {
  if (COMPRESSED.some((magic) => content.subarray(0, magic.length).equals(magic))) {
    throw new MessageRejectedError('malformed', 'the body is compressed; publish it uncompressed');
  }
  let json: unknown;
  try {
    json = parseStrictJson(content, LIMITS);
  } catch (error) {
    if (!(error instanceof JsonRejectedError)) throw error;
    const reason = error.reason === 'too_large' || error.reason === 'too_deep' ? error.reason : 'malformed';
    throw new MessageRejectedError(reason, error.message, { cause: error });
  }
  const parsed = envelopeSchema.safeParse(json);
  if (!parsed.success) {
    throw new MessageRejectedError(
      'not_cloudevents',
      `not a valid CloudEvents envelope: ${formatIssues(parsed.error)}`,
    );
  }
  return parsed.data;
}

function parseData(contract: EventContract, data: unknown) {
  const parsed = contract.data.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new MessageRejectedError('invalid_data', `not a ${contract.type}: ${formatIssues(parsed.error)}`);
}

function rejectType(type: string, subscription: Subscription): never {
  const name = eventNameFromType(type);
  if (subscription.events.some((contract) => contract.name === name)) {
    throw new MessageRejectedError(
      'unsupported_version',
      `${subscription.consumer} does not support the version of ${type}`,
    );
  }
  throw new MessageRejectedError('unknown_type', `${subscription.consumer} does not subscribe to ${type}`);
}

/** RabbitMQ has validated `userId`, the publisher. A retry carries its first publisher in a header. */
function assertProducer(
  delivery: ConsumeMessage,
  producer: Service,
  expected: string,
  ownUser: string,
): void {
  const { user } = readOrigin(delivery, ownUser);
  if (user !== expected) {
    throw new MessageRejectedError(
      'unexpected_publisher',
      `published by the broker user ${user}; only ${expected} publishes events of ${producer}`,
    );
  }
}

function formatIssues(error: {
  issues: readonly { path: readonly PropertyKey[]; message: string }[];
}): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'the event'}: ${issue.message}`)
    .join('; ');
}
