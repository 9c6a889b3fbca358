import { eventContracts, subscriptions } from '#contracts';
import { createEventParser, encodeEnvelope, messageProperties } from '#messaging';
import type { MessageDetails } from '../../protocol-records.js';
import type { OutboxRow } from './trace-queries.js';

/** The bytes that the relay publishes for an outbox row, its properties, and whether consumers accept the bytes. */
export function describeMessage(row: OutboxRow): MessageDetails {
  const body = encodeEnvelope(row);
  const schemaError = findSchemaError(row, body);
  return {
    bodyBase64: body.toString('base64'),
    bodyBytes: body.length,
    // The broker verifies the user; each service publishes as the user of its name.
    properties: {
      ...messageProperties(row, row.producer),
      exchange: row.exchange,
      routingKey: row.routingKey,
    },
    ...(schemaError !== undefined && { schemaError }),
    contract: `libs/contracts/src/events/${row.type.replace(/\.v\d+$/, '').replaceAll(/[._]/g, '-')}.ts`,
    sql: [
      { service: row.producer, sql: `SELECT * FROM outbox WHERE id = '${row.id}';` },
      ...subscriptions
        .filter(({ events }) => events.some(({ type }) => type === row.type))
        .map(({ service, consumer }) => ({
          service,
          sql: `SELECT outcome, claimed_at FROM inbox WHERE consumer = '${consumer}' AND message_id = '${row.id}';`,
        })),
    ],
  };
}

function findSchemaError({ type }: OutboxRow, body: Buffer): string | undefined {
  const contract = Object.values(eventContracts).find((known) => known.type === type);
  if (!contract) return `no contract has the type ${type}`;
  try {
    createEventParser({ consumer: 'order.console', service: 'order', events: [contract] })(body);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
