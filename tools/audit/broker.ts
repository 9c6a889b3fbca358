import { connect } from 'amqplib';
import { z } from 'zod';
import { eventContracts, services, subscriptions } from '#contracts';
import { brokerUrlOptions, deriveTopology, UNROUTED } from '#messaging';
import { SourceUnavailableError } from './snapshot.js';

export interface BrokerAccess {
  /** `amqp://user:password@host:port/vhost`; the user must be allowed to see the queues. */
  readonly url: string;
  /** `http://host:port`; credentials in it, or else those of `url`. */
  readonly managementUrl?: string | undefined;
  /** Queues per consumer, as provisioned. Only matters without `managementUrl`. Default 4. */
  readonly partitions?: number | undefined;
}

export interface QueueCounts {
  /** Messages in each queue of ours that should be empty when all is quiet. */
  readonly queues: ReadonlyMap<string, number>;
  /** Messages that no queue was bound for. */
  readonly unrouted: number;
  /** Whether those delivered and not yet acknowledged are counted too. */
  readonly isComplete: boolean;
}

/**
 * Counts messages. The management API knows all of them, a few seconds late. A passive declare knows at once, but of a
 * quorum queue only those that are ready. With both at hand the larger number counts.
 *
 * @throws SourceUnavailableError
 */
export async function countMessages(broker: BrokerAccess): Promise<QueueCounts> {
  const counts = broker.managementUrl ? await countByManagement(broker, broker.managementUrl) : undefined;
  const all = await countByPassiveDeclare(broker.url, counts ? [...counts.keys()] : queueNames(broker));
  for (const [queue, messages] of counts ?? []) all.set(queue, Math.max(messages, all.get(queue) ?? 0));
  const unrouted = all.get(UNROUTED) ?? 0;
  all.delete(UNROUTED);
  return { queues: all, unrouted, isComplete: counts !== undefined };
}

/** Announcements are kept for other systems; nobody of ours empties that queue. */
function isOwnQueue(queue: string): boolean {
  if (queue.endsWith('.announcements')) return false;
  return queue === UNROUTED || services.some((service) => queue.startsWith(`${service}.`));
}

function queueNames({ partitions = 4 }: BrokerAccess): string[] {
  const contracts = Object.values(eventContracts);
  return deriveTopology({ contracts, subscriptions, partitions })
    .queues.map(({ name }) => name)
    .filter(isOwnQueue);
}

const queuesSchema = z.array(z.object({ name: z.string(), messages: z.number().default(0) }));

async function countByManagement(broker: BrokerAccess, managementUrl: string): Promise<Map<string, number>> {
  const { username, password, pathname } = new URL(broker.url);
  const api = new URL(managementUrl);
  const user = decodeURIComponent(api.username || username);
  const secret = decodeURIComponent(api.username ? api.password : password);
  const vhost = pathname.length > 1 ? pathname.slice(1) : '%2F';
  const url = `${api.origin}/api/queues/${vhost}?columns=name,messages`;
  try {
    const response = await fetch(url, {
      headers: { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const queues = queuesSchema.parse(await response.json());
    return new Map(
      queues.filter(({ name }) => isOwnQueue(name)).map(({ name, messages }) => [name, messages]),
    );
  } catch (error) {
    throw toSourceError("the broker's management API", error);
  }
}

async function countByPassiveDeclare(url: string, queues: readonly string[]): Promise<Map<string, number>> {
  try {
    const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) });
    connection.on('error', () => {}); // also rejects the call under way
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      const counts = new Map<string, number>();
      for (const queue of queues) counts.set(queue, (await channel.checkQueue(queue)).messageCount);
      return counts;
    } finally {
      await connection.close().catch(() => {});
    }
  } catch (error) {
    throw toSourceError('the broker', error);
  }
}

function toSourceError(source: string, error: unknown): SourceUnavailableError {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? cause.message || cause.name : message;
  return new SourceUnavailableError(`${source} cannot be asked: ${reason}`, { cause: error });
}
