import { type Channel, type ChannelModel, connect, type GetMessage, type Options } from 'amqplib';

import { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { Session } from './session.js';

/** The database and the broker as the user `lessons`, who cannot read or write the shop's data. */
export interface SandboxUrls {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
}

/** Routes a message to the queue that its routing key names. */
export const EXCHANGE = 'lesson.direct';

/** Tables, queues and connections of one run of a naive program; {@link close} deletes them. */
export class Sandbox {
  private readonly sessions: Session[] = [];
  private readonly connections: ChannelModel[] = [];
  private readonly links: TcpProxy[] = [];
  private readonly queues = new Set<string>();

  private constructor(
    private readonly urls: SandboxUrls,
    /** A channel without faults, for declarations and counts. */
    readonly channel: Channel,
  ) {}

  /** Replaces the schema `lesson` by `tables`: SQL statements, separated by semicolons. */
  static async open(urls: SandboxUrls, tables: string): Promise<Sandbox> {
    const connection = await connect(urls.brokerUrl);
    const channel = await connection.createChannel();
    for (const part of [connection, channel]) part.on('error', () => {}); // the pending call rejects with the same error
    const sandbox = new Sandbox(urls, channel);
    sandbox.connections.push(connection);
    const session = sandbox.openSession();
    await session.query(`DROP SCHEMA IF EXISTS lesson CASCADE; CREATE SCHEMA lesson; ${tables}`);
    return sandbox;
  }

  openSession(): Session {
    const session = new Session(this.urls.databaseUrl);
    this.sessions.push(session);
    return session;
  }

  /** Opens a connection; with `link`, through a proxy that a lesson can cut. */
  async connect(link?: TcpProxy): Promise<ChannelModel> {
    const { brokerUrl } = this.urls;
    const connection = await connect(link?.rewriteUrl(brokerUrl) ?? brokerUrl);
    connection.on('error', () => {}); // the pending call rejects with the same error
    this.connections.push(connection);
    return connection;
  }

  async openLink(): Promise<TcpProxy> {
    const { hostname, port } = new URL(this.urls.brokerUrl);
    const link = await TcpProxy.listen({ host: hostname, port: Number(port || 5672) });
    this.links.push(link);
    return link;
  }

  /** Declares an empty queue named `lesson.<name>`, bound to {@link EXCHANGE}. @returns its full name */
  async declareQueue(name: string, options: Options.AssertQueue = {}): Promise<string> {
    const queue = `lesson.${name}`;
    await this.channel.assertExchange(EXCHANGE, 'direct');
    await this.channel.deleteQueue(queue);
    await this.channel.assertQueue(queue, { durable: true, ...options });
    await this.channel.bindQueue(queue, EXCHANGE, queue);
    this.queues.add(queue);
    return queue;
  }

  /** Publishes messages in their order, each to a queue. @throws Error when the broker refuses one */
  async publish(messages: readonly (Options.Publish & { queue: string; body: string })[]): Promise<void> {
    const channel = await this.connections[0]!.createConfirmChannel();
    for (const { queue, body, ...options } of messages)
      channel.publish(EXCHANGE, queue, Buffer.from(body), { persistent: true, ...options });
    try {
      await channel.waitForConfirms();
    } finally {
      await channel.close();
    }
  }

  /** Removes and returns all ready messages of a queue. */
  async drain(queue: string): Promise<GetMessage[]> {
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await this.channel.get(queue, { noAck: true });
      if (message === false) return messages;
      messages.push(message);
    }
  }

  async close(): Promise<void> {
    for (const queue of this.queues) await this.channel.deleteQueue(queue).catch(() => {});
    for (const connection of this.connections) await connection.close().catch(() => {}); // ended by a fault
    await Promise.all([...this.links, ...this.sessions].map((part) => part.close()));
  }
}

/** Opens a sandbox, runs `work`, and closes the sandbox. */
export async function withSandbox<Result>(
  urls: SandboxUrls,
  tables: string,
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const sandbox = await Sandbox.open(urls, tables);
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
  }
}
