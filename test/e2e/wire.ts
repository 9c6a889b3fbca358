import { type ConfirmChannel, connect, type Options } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { afterAll } from 'vitest';
import { contractNamed, type EventName } from '#contracts';
import {
  brokerUserOf,
  encodeEnvelope,
  type EnvelopeFields,
  eventsExchange,
  messageProperties,
} from '#messaging';
import { type ServiceName, serviceNames } from '../../tools/client/api-types.js';

/** A message as it goes over the wire. */
export interface WireMessage {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** Channels on which to publish as each of the services; closed after the file's last test. */
export async function openWires(
  brokerUrls: Readonly<Record<ServiceName, string>>,
): Promise<Record<ServiceName, ConfirmChannel>> {
  const wires = serviceNames.map(async (service) => [service, await openWire(brokerUrls[service])]);
  return Object.fromEntries(await Promise.all(wires)) as Record<ServiceName, ConfirmChannel>;
}

/** A channel of the tests' own, which may publish and consume what it likes; closed after the file's last test. */
export async function openWire(rabbitmqUrl: string): Promise<ConfirmChannel> {
  const connection = await connect(rabbitmqUrl);
  afterAll(() => connection.close());
  return connection.createConfirmChannel();
}

/** A message as the event's producer would send it. */
export function wireMessage(
  brokerUrls: Readonly<Record<ServiceName, string>>,
  name: EventName,
  data: { readonly orderId: string },
  envelope: Partial<EnvelopeFields> = {},
): WireMessage {
  const { producer, type } = contractNamed(name);
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
    properties: messageProperties(fields, brokerUserOf(brokerUrls[producer])),
  };
}

/** Publishes to the exchange of the event's producer, into a slot of our choosing, and waits for the confirm. */
export async function publish(
  wires: Readonly<Record<ServiceName, ConfirmChannel>>,
  name: EventName,
  slot: number,
  { body, properties }: WireMessage,
): Promise<void> {
  const { producer } = contractNamed(name);
  const wire = wires[producer];
  wire.publish(eventsExchange(producer), `${name}.${slot}`, body, properties);
  await wire.waitForConfirms();
}
