import type { Channel, ChannelModel } from 'amqplib';
import type { Topology } from './topology.js';

/**
 * Asks for something by name, on a channel of its own: the broker closes the channel where there is no such thing.
 *
 * @returns undefined when there is no such thing
 */
export async function askFor<Answer>(
  connection: ChannelModel,
  question: (channel: Channel) => Promise<Answer>,
): Promise<Answer | undefined> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // also rejects what is asked below
  try {
    const answer = await question(channel);
    await channel.close();
    return answer;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}

/**
 * The exchanges and queues of a topology that the broker does not have: all that AMQP tells. It tells nobody which
 * bindings there are, nor with what arguments something was declared. Since RabbitMQ 4.2.6 asking needs
 * some permission on each of them; see `deriveBrokerRights`.
 */
export async function missingByName(
  connection: ChannelModel,
  { exchanges, queues }: Topology,
): Promise<Topology> {
  const missing: { exchanges: Topology['exchanges'][number][]; queues: Topology['queues'][number][] } = {
    exchanges: [],
    queues: [],
  };
  for (const exchange of exchanges) {
    const found = await askFor(connection, (channel) => channel.checkExchange(exchange.name));
    if (!found) missing.exchanges.push(exchange);
  }
  for (const queue of queues) {
    const found = await askFor(connection, (channel) => channel.checkQueue(queue.name));
    if (!found) missing.queues.push(queue);
  }
  return { ...missing, bindings: [] };
}
