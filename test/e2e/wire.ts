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

/** A message as it goes over the wire. */
export interface WireMessage {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** A channel of the tests' own, which may publish and consume what it likes; closed after the file's last test. */
export async function openWire(rabbitmqUrl: string): Promise<ConfirmChannel> {
  const connection = await connect(rabbitmqUrl);
  afterAll(() => connection.close());
  return connection.createConfirmChannel();
}

/** A message as the event's producer would send it. */
export function wireMessage(
  rabbitmqUrl: string,
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
  return { body: encodeEnvelope(fields), properties: messageProperties(fields, brokerUserOf(rabbitmqUrl)) };
}

/** Publishes to the exchange of the event's producer, into a slot of our choosing, and waits for the confirm. */
export async function publish(
  wire: ConfirmChannel,
  name: EventName,
  slot: number,
  { body, properties }: WireMessage,
): Promise<void> {
  wire.publish(eventsExchange(contractNamed(name).producer), `${name}.${slot}`, body, properties);
  await wire.waitForConfirms();
}
