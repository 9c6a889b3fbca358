import type { Command } from 'commander';
import { passiveDeclare, isManagedName } from '#messaging';
import { createManagementApi, desiredTopology, withConnection } from '../broker.js';
import type { CommandContext, RunCommand } from '../command-context.js';
import { renderTable } from '../format.js';

interface QueueState {
  readonly queue: string;
  /** Undefined without the management API. */
  readonly messages: number | undefined;
  readonly ready: number;
  readonly unacknowledged: number | undefined;
  readonly consumers: number;
  /** The connection of the single active consumer, if the queue has one. */
  readonly active: string | undefined;
}

/** `ops queues` */
export function addQueuesCommand(program: Command, run: RunCommand): void {
  program
    .command('queues')
    .description('messages and consumers of each queue, and its active consumer')
    .action(() => run(show));
}

async function show(context: CommandContext): Promise<void> {
  const states = createManagementApi(context.config)
    ? await readFromManagementApi(context)
    : await readByPassiveDeclare(context);
  context.printResult(states, () => {
    const rows = states.map(({ queue, messages, ready, unacknowledged, consumers, active }) => [
      queue,
      String(messages ?? '?'),
      String(ready),
      String(unacknowledged ?? '?'),
      String(consumers),
      active ?? '',
    ]);
    const numbers = ['messages', 'ready', 'unacked', 'consumers'];
    const columns = [
      { title: 'queue' },
      ...numbers.map((title) => ({ title, align: 'right' as const })),
      { title: 'active', isElastic: true },
    ];
    const all = renderTable(
      context.terminal,
      columns,
      rows,
      'the broker has no queue of the shop: run npm run provision',
    );
    return createManagementApi(context.config) ? all : `${all}\n? needs OPS_RABBITMQ_MANAGEMENT_URL`;
  });
}

interface ApiQueue {
  readonly name: string;
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
  readonly consumers?: number;
}

interface ApiConsumer {
  readonly active: boolean;
  readonly queue: { readonly name: string };
  readonly channel_details: { readonly connection_name?: string };
}

interface ApiConnection {
  readonly name: string;
  readonly user_provided_name?: string;
}

async function readFromManagementApi(context: CommandContext): Promise<QueueState[]> {
  const management = createManagementApi(context.config)!;
  const [queues, consumers, connections] = await Promise.all([
    management.list<ApiQueue>('queues'),
    management.list<ApiConsumer>('consumers'),
    management.listConnections<ApiConnection>(),
  ]);
  const names = new Map(connections.map(({ name, user_provided_name: given }) => [name, given]));
  const findActiveReplica = (queue: string): string | undefined => {
    const connection = consumers.find((consumer) => consumer.queue.name === queue && consumer.active)
      ?.channel_details.connection_name;
    if (connection === undefined) return undefined;
    const [from] = connection.split(' -> ');
    return `${names.get(connection) ?? 'unnamed'} from ${from}`;
  };
  return queues
    .filter(({ name }) => isManagedName(name))
    .map((queue) => ({
      queue: queue.name,
      messages: queue.messages ?? 0,
      ready: queue.messages_ready ?? 0,
      unacknowledged: queue.messages_unacknowledged ?? 0,
      consumers: queue.consumers ?? 0,
      active: findActiveReplica(queue.name),
    }))
    .sort((a, b) => (a.queue < b.queue ? -1 : 1));
}

/** Over AMQP the broker reports only the ready messages of a quorum queue. */
function readByPassiveDeclare(context: CommandContext): Promise<QueueState[]> {
  return withConnection(context.config, async (connection) => {
    const states: QueueState[] = [];
    for (const { name } of desiredTopology(context.config).queues) {
      const found = await passiveDeclare(connection, (channel) => channel.checkQueue(name));
      if (!found) continue;
      const { messageCount: ready, consumerCount: consumers } = found;
      states.push({
        queue: name,
        messages: undefined,
        ready,
        unacknowledged: undefined,
        consumers,
        active: undefined,
      });
    }
    return states;
  });
}
