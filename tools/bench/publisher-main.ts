import { connect } from 'amqplib';
import { Client } from 'pg';
import {
  BrokerConnection,
  brokerUrlOptions,
  brokerUserFromUrl,
  ConfirmPublisher,
  encodeEnvelope,
  type EnvelopeFields,
  messageProperties,
  type Publication,
} from '#messaging';
import { createLogger } from '#observability';
import { Relay } from '#outbox';
import type { PublisherCommand, PublisherResponse } from './publisher-process.js';

/** Unconfirmed messages at a time, for both publishers. */
const IN_FLIGHT_MAX = 1_000;
const DRAIN_TIMEOUT_MS = 300_000;

const [publisherKind, databaseUrl = '', brokerUrl = ''] = process.argv.slice(2);
const brokerUser = brokerUserFromUrl(brokerUrl);

const SELECT_ROWS = `
  SELECT id, exchange, routing_key AS "routingKey", type, producer, subject, sequence,
         correlation_id AS "correlationId", causation_id AS "causationId", traceparent,
         occurred_at AS "occurredAt", data::text AS data
  FROM outbox
  ORDER BY position`;

interface Publisher {
  /** The part that is not measured. */
  readonly prepare: () => Promise<void>;
  /** Publishes all messages; resolves when all are confirmed. */
  readonly drain: () => Promise<void>;
}

/** The relay, configured as in the services. */
async function relayPublisher(): Promise<Publisher> {
  const log = createLogger({ service: 'bench', level: 'warn' });
  const connection = new BrokerConnection({ url: brokerUrl, name: 'bench relay', log });
  const publisher = new ConfirmPublisher(connection, log);
  const applicationName = 'bench relay';
  await connection.start();
  return {
    prepare: async () => void (await publisher.whenAvailable(AbortSignal.timeout(10_000))),
    drain: async () => {
      const relay = new Relay({
        databaseUrl,
        applicationName,
        publisher,
        brokerUser,
        log,
        inFlightMax: IN_FLIGHT_MAX,
      });
      relay.start();
      await relay.stop(DRAIN_TIMEOUT_MS); // publishes all pending rows first
    },
  };
}

/** The minimum for at-least-once publishing: publishes messages from memory and counts the confirms. */
async function rawPublisher(): Promise<Publisher> {
  const connection = await connect(brokerUrl, { noDelay: true, ...brokerUrlOptions(brokerUrl) });
  const channel = await connection.createConfirmChannel();
  let messages: Publication[] = [];
  return {
    prepare: async () => {
      messages = await readMessages();
    },
    drain: () =>
      new Promise((resolve, reject) => {
        let [sent, confirmed] = [0, 0];
        const onConfirm = (error: Error | null): void => {
          if (error) return reject(error);
          confirmed += 1;
          if (confirmed === messages.length) resolve();
          else sendMore();
        };
        const sendMore = (): void => {
          while (sent < messages.length && sent - confirmed < IN_FLIGHT_MAX) {
            const { exchange, routingKey, body, properties } = messages[sent++]!;
            channel.publish(exchange, routingKey, body, properties, onConfirm);
          }
        };
        sendMore();
      }),
  };
}

/** The relay's messages, byte for byte. */
async function readMessages(): Promise<Publication[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<EnvelopeFields & Pick<Publication, 'exchange' | 'routingKey'>>(
      SELECT_ROWS,
    );
    return rows.map((row) => ({
      exchange: row.exchange,
      routingKey: row.routingKey,
      body: encodeEnvelope(row),
      properties: messageProperties(row, brokerUser),
    }));
  } finally {
    await client.end();
  }
}

async function executeCommand(publisher: Publisher, command: PublisherCommand): Promise<PublisherResponse> {
  if (command === 'prepare') {
    await publisher.prepare();
    return 'prepared';
  }
  const startedAt = performance.now();
  await publisher.drain();
  return { ms: performance.now() - startedAt };
}

const publisher = await (publisherKind === 'relay' ? relayPublisher() : rawPublisher());
process.on('message', (command: PublisherCommand) => {
  void executeCommand(publisher, command).then((response) => process.send!(response));
});
process.on('disconnect', () => process.exit());
