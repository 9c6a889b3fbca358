import { connect } from 'amqplib';
import { z } from 'zod';
import { eventContracts, services, subscriptions } from '#contracts';
import { brokerUrlOptions, deriveTopology, UNROUTED } from '#messaging';
import { SourceUnavailableError } from './snapshot.js';

export interface BrokerAccess {
  /** `amqp://user:password@host:port/vhost`; the user needs a permission on every queue. */
  readonly url: string;
  /** `http://host:port`. Default credentials: those of `url`. */
  readonly managementUrl?: string | undefined;
  /** Partition queues per consumer, as provisioned. Used only without `managementUrl`. Default 4. */
  readonly partitions?: number | undefined;
}

export interface QueueCounts {
  /** Messages per queue, for each queue that is empty when the shop is idle. */
  readonly queues: ReadonlyMap<string, number>;
  /** Messages in the queue `unrouted`: no binding matched their routing key. */
  readonly unrouted: number;
  /** Whether delivered and unacknowledged messages are included. */
  readonly isComplete: boolean;
}

/**
 * Counts messages. The management API counts all, with a delay of a few seconds. A passive declare has no delay, but
 * counts only the ready messages of a quorum queue. If both are available, the larger number wins.
 *
 * @throws SourceUnavailableError when the broker or its management API is unavailable
 */
export async function countMessages(broker: BrokerAccess): Promise<QueueCounts> {
  const counts = broker.managementUrl ? await countByManagement(broker, broker.managementUrl) : undefined;
  const all = await countByPassiveDeclare(broker.url, counts ? [...counts.keys()] : queueNames(broker));
  for (const [queue, messages] of counts ?? []) all.set(queue, Math.max(messages, all.get(queue) ?? 0));
  const unrouted = all.get(UNROUTED) ?? 0;
  all.delete(UNROUTED);
  return { queues: all, unrouted, isComplete: counts !== undefined };
}

/** Excludes announcement queues: they keep events for other systems and no service consumes them. */
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
    if (!response.ok) throw new Error(`status ${response.status}`);
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
    connection.on('error', () => {}); // the pending call rejects with the same error
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
  return new SourceUnavailableError(`${source} is unavailable: ${reason}`, { cause: error });
}
