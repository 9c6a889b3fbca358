import { connect, type ChannelModel } from 'amqplib';
import { brokerUrlOptions } from '../amqp/broker-url.js';
import type { Topology } from './topology.js';

/** The broker has something of that name that differs from what the code says. Nothing was changed by the failing step. */
export class TopologyConflictError extends Error {
  override readonly name = 'TopologyConflictError';
}

/**
 * Declares everything in `topology`; what is there already is left as it is. Idempotent, and safe to run while
 * services are at work. Removes nothing.
 *
 * @throws TopologyConflictError when an exchange or queue exists with other arguments: the broker cannot change those.
 */
export async function applyTopology(url: string, topology: Topology): Promise<void> {
  const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) });
  connection.on('error', () => {}); // also rejects the call under way, which is where it is reported
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
      `${item} exists with other arguments than this version wants. Move its messages away and delete it, ` +
        `then provision again. The broker says: ${error.message}`,
      { cause: error },
    );
  };
}
