import { connect, type ChannelModel } from 'amqplib';
import { brokerUrlOptions } from '../amqp/broker-url.js';
import type { Topology } from './topology.js';

/** An exchange or queue exists with other arguments than the topology declares. The failed declaration changed nothing. */
export class TopologyConflictError extends Error {
  override readonly name = 'TopologyConflictError';
}

/**
 * Declares every exchange, queue and binding of `topology`. Idempotent, and safe while services are running: existing
 * entries stay as they are, and none is removed.
 *
 * @throws TopologyConflictError when an exchange or queue exists with other arguments, which RabbitMQ cannot change
 */
export async function applyTopology(url: string, topology: Topology): Promise<void> {
  const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) });
  connection.on('error', () => {}); // also rejects the current call, which reports it
  try {
    await declareAll(connection, topology);
  } finally {
    await connection.close().catch(() => {});
  }
}

async function declareAll(
  connection: ChannelModel,
  { exchanges, queues, bindings }: Topology,
): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  for (const { name, type, alternateExchange, internal = false } of exchanges) {
    const options = { durable: true, internal, ...(alternateExchange && { alternateExchange }) };
    await channel.assertExchange(name, type, options).catch(rethrowAsConflict(`exchange ${name}`));
  }
  for (const queue of queues) {
    await channel
      .assertQueue(queue.name, { durable: true, arguments: queue.arguments })
      .catch(rethrowAsConflict(`queue ${queue.name}`));
  }
  await Promise.all(
    bindings.map(({ queue, exchange, routingKey }) => channel.bindQueue(queue, exchange, routingKey)),
  );
  await channel.close();
}

function rethrowAsConflict(item: string): (error: Error & { code?: number }) => never {
  return (error) => {
    if (error.code !== 406) throw error;
    throw new TopologyConflictError(
      `${item} exists with other arguments than this version declares. While it is deleted, ` +
        `events may be published without it. Stop the services, move its messages, delete it, provision, start the ` +
        `services, and run \`ops outbox republish\` from the deletion on. RabbitMQ: ${error.message}`,
      { cause: error },
    );
  };
}
