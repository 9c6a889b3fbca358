import type { Channel, ChannelModel } from 'amqplib';

/**
 * Runs a passive declaration, such as `checkQueue`, on a separate channel: the broker closes the channel when the name
 * does not exist.
 *
 * @returns the declaration's result, or undefined when the name does not exist
 * @throws the broker's error on any other failure, for example 403 without a permission on the name
 */
export async function passiveDeclare<Result>(
  connection: ChannelModel,
  declare: (channel: Channel) => Promise<Result>,
): Promise<Result | undefined> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // also rejects `declare`
  try {
    const result = await declare(channel);
    await channel.close();
    return result;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}
