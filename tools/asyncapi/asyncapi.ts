import { z } from 'zod';
import type { EventContract, Service, Subscription } from '#contracts';
import { CONTENT_TYPE, envelopeSchema, eventsExchange, SLOT_COUNT } from '#messaging';

/** Input of {@link buildAsyncApi}. */
export interface AsyncApiOptions {
  /** The service to describe. Required. */
  readonly service: Service;
  /** Every event, in all versions. Required. */
  readonly contracts: readonly EventContract[];
  /** Every subscription. Required. */
  readonly subscriptions: readonly Subscription[];
  /** Version of the document: that of `package.json`. Required. */
  readonly version: string;
}

/** An AsyncAPI 3.0 document, as plain data. https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export type AsyncApiDocument = Readonly<Record<string, unknown>>;

/**
 * Describes the events that one service sends and receives. One document per service, because the operations of an
 * AsyncAPI document are those of one application. Validation and topology are derived from the same contracts.
 */
export function buildAsyncApi({
  service,
  contracts,
  subscriptions,
  version,
}: AsyncApiOptions): AsyncApiDocument {
  const sent = contracts.filter(({ producer }) => producer === service);
  const received = subscriptions.filter((subscription) => subscription.service === service);
  const mentioned = new Set([...sent, ...received.flatMap(({ events }) => events)]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: `${service} service`,
      version,
      description: `The events that the ${service} service sends and receives over RabbitMQ. Derived from the contracts; do not edit.`,
    },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries([...mentioned].map((contract) => [contract.type, buildChannel(contract)])),
    operations: Object.fromEntries([
      ...sent.map((contract) => [`send ${contract.type}`, buildOperation('send', contract)]),
      ...received.flatMap(({ consumer, events }) =>
        events.map((contract) => [
          `${consumer} receives ${contract.type}`,
          buildOperation(
            'receive',
            contract,
            `Handled by the consumer ${consumer}. Delivered at least once, takes effect exactly once.`,
          ),
        ]),
      ),
    ]),
    components: { messages: Object.fromEntries([...mentioned].map((one) => [one.type, buildMessage(one)])) },
  };
}

function buildChannel({ name, type, producer, subject }: EventContract) {
  return {
    address: `${name}.{slot}`,
    description: `The routing key on the exchange ${eventsExchange(producer)}. Events of one subject arrive in order.`,
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    parameters: {
      slot: {
        description: `CRC-32 of the ${{ order: 'order id', product: 'SKU', customer: 'pseudonym' }[subject]}, modulo ${SLOT_COUNT}.`,
        enum: Array.from({ length: SLOT_COUNT }, (_, slot) => String(slot)),
      },
    },
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: eventsExchange(producer), type: 'topic', durable: true, autoDelete: false },
        bindingVersion: '0.3.0',
      },
    },
  };
}

function buildOperation(action: 'send' | 'receive', { type, description }: EventContract, note?: string) {
  return {
    action,
    channel: { $ref: `#/channels/${type}` },
    summary: description,
    ...(note && { description: note }),
    messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
    bindings: { amqp: { deliveryMode: 2, timestamp: true, bindingVersion: '0.3.0' } },
  };
}

function buildMessage(contract: EventContract) {
  return {
    name: contract.type,
    summary: contract.description,
    contentType: CONTENT_TYPE,
    correlationId: { location: '$message.payload#/correlationid' },
    payload: toDraft7Schema(envelopeSchema.extend({ type: z.literal(contract.type), data: contract.data })),
    examples: [{ summary: 'The message body.', payload: buildExample(contract) }],
    bindings: { amqp: { messageType: contract.type, bindingVersion: '0.3.0' } },
  };
}

/** AsyncAPI's schema object is a superset of JSON Schema draft 7. */
function toDraft7Schema(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
}

function buildExample({ type, producer, example }: EventContract) {
  const { orderId, sku, pseudonym } = example as { orderId?: string; sku?: string; pseudonym?: string };
  const subject = orderId ?? sku ?? pseudonym ?? '';
  return {
    specversion: '1.0',
    id: '019aa6c1-7a30-7c3e-9d5b-0d6b4e1f2a35',
    source: `/${producer}`,
    type,
    subject,
    time: '2026-11-21T10:00:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: subject,
    sequence: '0000000001',
    correlationid: '019aa6c1-7a2f-7d1a-8a34-5e0f9a6b7c81',
    data: example,
  };
}
