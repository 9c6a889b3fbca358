import type { Channel, ChannelModel } from 'amqplib';
import { askFor, type BrokerManagement, type Topology } from '#messaging';

/** What may be removed of what is not wanted, and what not, and why. */
export interface Prunable {
  readonly removed: Topology;
  readonly kept: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Only what is empty and unused goes. Bindings of a queue that has no consumer go in any case: what would come by them
 * is not wanted there.
 */
export async function prunable(management: BrokerManagement, extra: Topology): Promise<Prunable> {
  const states = await management.list<QueueState>('queues');
  const stateOf = (name: string): QueueState => states.find((state) => state.name === name) ?? { name };
  const whyKept = (name: string): string | undefined => {
    const { messages = 0, consumers = 0 } = stateOf(name);
    return inUse(messages, consumers);
  };
  const isServed = (queue: string): boolean =>
    (stateOf(queue).consumers ?? 0) > 0 && extra.queues.some(({ name }) => name === queue);
  return {
    removed: {
      exchanges: extra.exchanges,
      queues: extra.queues.filter(({ name }) => whyKept(name) === undefined),
      bindings: extra.bindings.filter(({ queue }) => !isServed(queue)),
    },
    kept: extra.queues.flatMap(({ name }) => {
      const why = whyKept(name);
      return why === undefined ? [] : [{ name: `queue ${name}`, why }];
    }),
  };
}

interface QueueState {
  readonly name: string;
  readonly messages?: number;
  readonly consumers?: number;
}

/**
 * Removes it: first the bindings, so that nothing comes any more; then the queues, each asked once more whether it is
 * empty, because a quorum queue does not delete itself "only if"; exchanges last.
 */
export async function pruneTopology(connection: ChannelModel, plan: Prunable): Promise<Prunable> {
  const kept = [...plan.kept];
  const channel = await connection.createChannel();
  for (const { queue, exchange, routingKey } of plan.removed.bindings) {
    await channel.unbindQueue(queue, exchange, routingKey);
  }
  const queues = [];
  for (const queue of plan.removed.queues) {
    const why = await whyNotDeleted(connection, channel, queue.name);
    if (why === undefined) queues.push(queue);
    else kept.push({ name: `queue ${queue.name}`, why });
  }
  const exchanges = [];
  for (const exchange of plan.removed.exchanges) {
    const deleted = await askFor(connection, (own) =>
      own.deleteExchange(exchange.name, { ifUnused: true }),
    ).catch((error: Error) => error);
    if (deleted instanceof Error) kept.push({ name: `exchange ${exchange.name}`, why: deleted.message });
    else exchanges.push(exchange);
  }
  await channel.close();
  return { removed: { exchanges, queues, bindings: plan.removed.bindings }, kept };
}

async function whyNotDeleted(
  connection: ChannelModel,
  channel: Channel,
  name: string,
): Promise<string | undefined> {
  const state = await askFor(connection, (own) => own.checkQueue(name));
  if (!state) return undefined;
  const why = inUse(state.messageCount, state.consumerCount);
  if (why === undefined) await channel.deleteQueue(name);
  return why;
}

function inUse(messages: number, consumers: number): string | undefined {
  if (messages > 0) return `it holds ${messages} messages`;
  return consumers > 0 ? `it has ${consumers} consumers` : undefined;
}
