import type { Channel, ChannelModel } from 'amqplib';
import { passiveDeclare, type ManagementApi, type Topology } from '#messaging';
import { pluralize } from './format.js';

/** The unexpected objects that a prune removes, and those that it keeps, with the reason. */
export interface PrunePlan {
  readonly removed: Topology;
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Plans to remove the unexpected queues that are empty and have no consumer, and every unexpected exchange. Unexpected bindings
 * are removed too, except those of an unexpected queue that has a consumer.
 */
export async function planPrune(management: ManagementApi, extra: Topology): Promise<PrunePlan> {
  const states = await management.list<QueueState>('queues');
  const findState = (name: string): QueueState => states.find((state) => state.name === name) ?? { name };
  const whyKept = (name: string): string | undefined => {
    const { messages = 0, consumers = 0 } = findState(name);
    return describeUse(messages, consumers);
  };
  const isServed = (queue: string): boolean =>
    (findState(queue).consumers ?? 0) > 0 && extra.queues.some(({ name }) => name === queue);
  return {
    removed: {
      exchanges: extra.exchanges,
      queues: extra.queues.filter(({ name }) => whyKept(name) === undefined),
      bindings: extra.bindings.filter(({ queue }) => !isServed(queue)),
    },
    kept: extra.queues.flatMap(({ name }) => {
      const reason = whyKept(name);
      return reason === undefined ? [] : [{ name: `queue ${name}`, reason }];
    }),
  };
}

interface QueueState {
  readonly name: string;
  readonly messages?: number;
  readonly consumers?: number;
}

/**
 * Removes bindings first, so that no message arrives any more, then queues, then exchanges. Each queue is checked again
 * before it is deleted, because quorum queues do not support `ifEmpty` and `ifUnused`.
 */
export async function pruneTopology(connection: ChannelModel, plan: PrunePlan): Promise<PrunePlan> {
  const kept = [...plan.kept];
  const channel = await connection.createChannel();
  for (const { queue, exchange, routingKey } of plan.removed.bindings) {
    await channel.unbindQueue(queue, exchange, routingKey);
  }
  const queues = [];
  for (const queue of plan.removed.queues) {
    const reason = await deleteIfUnused(connection, channel, queue.name);
    if (reason === undefined) queues.push(queue);
    else kept.push({ name: `queue ${queue.name}`, reason });
  }
  const exchanges = [];
  for (const exchange of plan.removed.exchanges) {
    const deleted = await passiveDeclare(connection, (own) =>
      own.deleteExchange(exchange.name, { ifUnused: true }),
    ).catch((error: Error) => error);
    if (deleted instanceof Error) kept.push({ name: `exchange ${exchange.name}`, reason: deleted.message });
    else exchanges.push(exchange);
  }
  await channel.close();
  return { removed: { exchanges, queues, bindings: plan.removed.bindings }, kept };
}

async function deleteIfUnused(
  connection: ChannelModel,
  channel: Channel,
  name: string,
): Promise<string | undefined> {
  const state = await passiveDeclare(connection, (own) => own.checkQueue(name));
  if (!state) return undefined;
  const reason = describeUse(state.messageCount, state.consumerCount);
  if (reason === undefined) await channel.deleteQueue(name);
  return reason;
}

function describeUse(messages: number, consumers: number): string | undefined {
  if (messages > 0) return `it has ${pluralize(messages, 'message')}`;
  return consumers > 0 ? `it has ${pluralize(consumers, 'consumer')}` : undefined;
}
