import { passiveDeclare } from '../amqp/passive-declare.js';
import type { ChannelModel } from 'amqplib';
import type { Topology } from './topology.js';

/**
 * The exchanges and queues of a topology that the broker does not have: all that AMQP tells. It tells nobody which
 * bindings there are, nor with what arguments something was declared. Since RabbitMQ 4.2.6 asking needs
 * some permission on each of them; see `deriveBrokerPermissions`.
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
