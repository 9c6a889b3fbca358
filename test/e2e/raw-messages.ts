import { type ConfirmChannel, connect, type Options } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { afterAll } from 'vitest';
import { latestContract, type EventName } from '#contracts';
import {
  brokerUserFromUrl,
  encodeEnvelope,
  type EnvelopeFields,
  eventsExchange,
  messageProperties,
} from '#messaging';
import { type ServiceName, serviceNames } from '../../tools/client/api-types.js';

/** An encoded message. */
export interface RawMessage {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** One channel per service, with the broker user of the service; closed after the last test of the file. */
export async function openServiceChannels(
  brokerUrls: Readonly<Record<ServiceName, string>>,
): Promise<Record<ServiceName, ConfirmChannel>> {
  const channels = serviceNames.map(async (service) => [service, await openChannel(brokerUrls[service])]);
  return Object.fromEntries(await Promise.all(channels)) as Record<ServiceName, ConfirmChannel>;
}

/** A channel with the broker user of this URL; closed after the last test of the file. */
export async function openChannel(rabbitmqUrl: string): Promise<ConfirmChannel> {
  const connection = await connect(rabbitmqUrl);
  afterAll(() => connection.close());
  return connection.createConfirmChannel();
}

/** Encodes an event like its producer. */
export function encodeMessage(
  brokerUrls: Readonly<Record<ServiceName, string>>,
  name: EventName,
  data: { readonly orderId: string },
  envelope: Partial<EnvelopeFields> = {},
): RawMessage {
  const { producer, type } = latestContract(name);
  const fields = {
    id: uuidv7(),
    type,
    producer,
    subject: data.orderId,
    sequence: 1,
    occurredAt: new Date(),
    correlationId: uuidv7(),
    causationId: null,
    traceparent: null,
    data: JSON.stringify(data),
    ...envelope,
  };
  return {
    body: encodeEnvelope(fields),
    properties: messageProperties(fields, brokerUserFromUrl(brokerUrls[producer])),
  };
}

/** Publishes to the exchange of the event's producer, in the given slot, and waits for the confirm. */
export async function publishRaw(
  channels: Readonly<Record<ServiceName, ConfirmChannel>>,
  name: EventName,
  slot: number,
  { body, properties }: RawMessage,
): Promise<void> {
  const { producer } = latestContract(name);
  const wire = channels[producer];
  wire.publish(eventsExchange(producer), `${name}.${slot}`, body, properties);
  await wire.waitForConfirms();
}
