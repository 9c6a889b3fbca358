import { passiveDeclare } from '../amqp/passive-declare.js';
import type { ChannelModel } from 'amqplib';
import type { Topology } from './topology.js';

/**
 * The exchanges and queues of a topology that do not exist, by passive declarations. AMQP cannot list bindings or
 * arguments, so these are not compared. RabbitMQ 4.2.6 and later demand some permission on each name; see
 * `deriveBrokerPermissions`.
 *
 * @throws the broker's error, for example 403 without a permission
 */
export async function findMissingByName(
  connection: ChannelModel,
  { exchanges, queues }: Topology,
): Promise<Topology> {
  const missing: { exchanges: Topology['exchanges'][number][]; queues: Topology['queues'][number][] } = {
    exchanges: [],
    queues: [],
  };
  for (const exchange of exchanges) {
    const found = await passiveDeclare(connection, (channel) => channel.checkExchange(exchange.name));
    if (!found) missing.exchanges.push(exchange);
  }
  for (const queue of queues) {
    const found = await passiveDeclare(connection, (channel) => channel.checkQueue(queue.name));
    if (!found) missing.queues.push(queue);
  }
  return { ...missing, bindings: [] };
}
