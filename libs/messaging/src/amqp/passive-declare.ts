import type { Channel, ChannelModel } from 'amqplib';

/**
 * Asks for something by name, on a channel of its own: the broker closes the channel where there is no such thing.
 *
 * @returns undefined when there is no such thing
 */
export async function passiveDeclare<Result>(
  connection: ChannelModel,
  declare: (channel: Channel) => Promise<Result>,
): Promise<Result | undefined> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // also rejects what is asked below
  try {
    const result = await declare(channel);
    await channel.close();
    return result;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}
