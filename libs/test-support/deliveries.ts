import type { ConsumeMessage, Options } from 'amqplib';

import { encodeEnvelope, type EnvelopeFields, messageProperties } from '#messaging';

/** Each service's broker user in unit specs. */
export const brokerUsers = { order: 'order', inventory: 'inventory', payment: 'payment' } as const;

/** A delivery of these bytes, as amqplib passes it to a consumer. */
export function createDelivery(
  content: Buffer | string,
  properties: Options.Publish & { headers?: Record<string, unknown> } = {},
  fields: Partial<ConsumeMessage['fields']> = {},
): ConsumeMessage {
  return {
    content: Buffer.from(content),
    fields: {
      consumerTag: 'spec',
      deliveryTag: 1,
      redelivered: false,
      exchange: 'order.events',
      routingKey: 'order.placed.7',
      ...fields,
    },
    properties: properties as ConsumeMessage['properties'],
  };
}

/** The delivery of an event with the properties that its producer sets. */
export function createEventDelivery(
  event: EnvelopeFields,
  properties: Options.Publish & { headers?: Record<string, unknown> } = {},
): ConsumeMessage {
  const published = messageProperties(event, brokerUsers[event.producer]);
  return createDelivery(encodeEnvelope(event), { ...published, ...properties });
}
