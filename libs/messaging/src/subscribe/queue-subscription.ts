import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { waitAtMost } from '../amqp/wait-at-most.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { ChannelSession, type SessionEnd } from './channel-session.js';
import type { Log } from '#observability';

export interface QueueSubscriptionOptions {
  /** The queue's name. Required. */
  readonly queue: string;
  /** Maximum of unacknowledged deliveries. Required. */
  readonly prefetch: number;
  /** Called after each delivery that can be taken from {@link QueueSubscription.session}. Required. */
  readonly onReady: () => void;
  /** Receives failed subscriptions and closed channels. Required. */
  readonly log: Log;
}

const RESUBSCRIBE_DELAY_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Keeps one queue subscribed, one session and one channel after another, and buffers deliveries until they are taken. A
 * failed subscription is retried after 1 s.
 */
export class QueueSubscription {
  private currentSession: ChannelSession | undefined;
  private subscribeCount = 0;
  private readonly closing = new AbortController();
  private resumed: Promise<void> = Promise.resolve();
  private onResume: () => void = () => {};

  constructor(
    private readonly connection: BrokerConnection,
    private readonly options: QueueSubscriptionOptions,
  ) {
    connection.onConnected((model) => void this.keepSubscribed(model));
  }

  /** The current session, from which deliveries are taken; undefined between sessions. */
  get session(): ChannelSession | undefined {
    return this.currentSession?.hasEnded === false ? this.currentSession : undefined;
  }

  /** The name of the queue. */
  get queue(): string {
    return this.options.queue;
  }

  /** Whether the queue is subscribed. The broker may still deliver to another replica (single active consumer). */
  get isSubscribed(): boolean {
    return this.session?.isSubscribed === true;
  }

  /** How often the queue was subscribed. A larger count means a younger subscription, behind the other replicas. */
  get subscriptionCount(): number {
    return this.subscribeCount;
  }

  /** Waits for the taken deliveries, returns the remaining ones, and subscribes again behind all other replicas. */
  async releasePartition(): Promise<void> {
    const { session } = this;
    if (!session) return;
    await session.drain();
    session.end('released');
  }

  /** Returns all deliveries to the queue, taken ones too, and stays unsubscribed until {@link resume}. */
  suspend(): void {
    this.resumed = new Promise((resolve) => {
      this.onResume = resolve;
    });
    this.session?.end('lost');
  }

  /** Subscribes again after {@link suspend}. */
  resume(): void {
    this.onResume();
  }

  /**
   * Closes the channel, within 2 s; the broker requeues the unacknowledged deliveries. Settle the taken deliveries first:
   * another replica may handle them at once.
   */
  async close(): Promise<void> {
    this.closing.abort();
    this.resume();
    const { session } = this;
    session?.end('lost');
    if (session) await waitAtMost(CLOSE_TIMEOUT_MS, session.channel.close());
  }

  /** Runs sessions until this connection is lost; the next connection starts another loop. */
  private async keepSubscribed(model: ChannelModel): Promise<void> {
    const { queue, log } = this.options;
    await this.resumed;
    while (this.connection.isCurrent(model) && !this.closing.signal.aborted) {
      let end: SessionEnd = 'lost';
      try {
        end = await this.runSession(model);
      } catch (error) {
        if (this.connection.isCurrent(model)) log.warn({ err: error, queue }, 'subscribe failed');
      }
      if (end === 'lost') await this.pause(RESUBSCRIBE_DELAY_MS);
      await this.resumed;
    }
  }

  /** Resolves when the session has ended. */
  private async runSession(model: ChannelModel): Promise<SessionEnd> {
    const { queue, prefetch, log } = this.options;
    const channel = await model.createChannel();
    const session = new ChannelSession(queue, channel);
    channel.on('error', (error: Error) => log.warn({ err: error, queue }, 'consuming channel failed'));
    channel.on('close', () => session.end('lost'));
    this.session?.end('lost');
    this.currentSession = session;
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => this.onDelivery(session, message));
    session.isSubscribed = true;
    this.subscribeCount += 1;
    const end = await session.ended;
    await waitAtMost(CLOSE_TIMEOUT_MS, channel.close());
    return end;
  }

  private onDelivery(session: ChannelSession, message: ConsumeMessage | null): void {
    const { queue, onReady, log } = this.options;
    if (session.hasEnded) return;
    if (message === null) {
      log.warn({ queue }, 'broker cancelled the consumer');
      session.end('lost');
      return;
    }
    session.add({ ...message, queue });
    onReady();
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}
