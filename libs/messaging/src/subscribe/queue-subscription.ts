import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { within } from '../amqp/within.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { ChannelSession, type SessionMode } from './channel-session.js';
import { isPoisonSuspect } from './delivery.js';
import type { Log } from '#observability';

export interface QueueSubscriptionOptions {
  readonly queue: string;
  /** Most deliveries that wait here or are in hand. */
  readonly prefetch: number;
  /** Something may be taken from {@link QueueSubscription.session}. */
  readonly onReady: () => void;
  readonly log: Log;
}

const RESUBSCRIBE_DELAY_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** What other queues hold can arrive meanwhile, and go first: some take several round trips more to be subscribed. */
const FIRST_SUSPECT_DELAY_MS = 1_000;

/**
 * Keeps one queue subscribed, on a channel of its own and one session after another, and holds what has arrived until
 * it is taken.
 *
 * If the first delivery after a subscription has been returned twice, the process may have been ended by one of the
 * messages it held. The next session then has one message at a time until a fresh one arrives, so that a killer's
 * neighbours are not counted towards the delivery limit with it.
 */
export class QueueSubscription {
  private currentSession: ChannelSession | undefined;
  private subscribeCount = 0;
  private readonly closing = new AbortController();

  constructor(
    private readonly connection: BrokerConnection,
    private readonly options: QueueSubscriptionOptions,
  ) {
    connection.onConnected((model) => void this.keepSubscribed(model));
  }

  /** Where deliveries are taken from and acknowledged, while we are subscribed. */
  get session(): ChannelSession | undefined {
    return this.currentSession?.hasEnded === false ? this.currentSession : undefined;
  }

  /** Whether the broker delivers, or would deliver, to us. */
  get isSubscribed(): boolean {
    return this.session?.isSubscribed === true;
  }

  /** How often we have subscribed so far: it tells whether we have kept our place in line. */
  get subscriptionCount(): number {
    return this.subscribeCount;
  }

  /**
   * Finishes what is in hand, gives the rest back, and subscribes again behind everybody else who has. A cautious
   * session does so by itself with the first fresh message, and must not before: see {@link ChannelSession}.
   */
  async yieldPartition(): Promise<void> {
    const { session } = this;
    if (!session || session.mode === 'isolating') return;
    await session.drain();
    session.end('normal');
  }

  /**
   * Gives everything back that is not acknowledged. It does not cancel: another replica would begin with the next
   * messages beside the batch in hand, so finish that first.
   */
  async close(): Promise<void> {
    this.closing.abort();
    const { session } = this;
    session?.end(undefined);
    if (session) await within(CLOSE_TIMEOUT_MS, session.channel.close());
  }

  /** One session after another, as long as this connection lives; the next connection brings a loop of its own. */
  private async keepSubscribed(model: ChannelModel): Promise<void> {
    const { queue, log } = this.options;
    let mode: SessionMode = 'normal';
    while (this.connection.isCurrent(model) && !this.closing.signal.aborted) {
      let next: SessionMode | undefined;
      try {
        next = await this.runSession(model, mode);
      } catch (error) {
        if (this.connection.isCurrent(model)) log.warn({ err: error, queue }, 'could not subscribe');
      }
      if (!next) await this.pause(RESUBSCRIBE_DELAY_MS);
      mode = next ?? 'normal';
    }
  }

  /** Resolves when the session is over, to the mode of the next one, or to undefined if the broker ended it. */
  private async runSession(model: ChannelModel, mode: SessionMode): Promise<SessionMode | undefined> {
    const { queue, prefetch, log } = this.options;
    const channel = await model.createChannel();
    const session = new ChannelSession(queue, channel, mode);
    channel.on('error', (error: Error) => log.warn({ err: error, queue }, 'consuming channel failed'));
    channel.on('close', () => session.end(undefined));
    this.session?.end(undefined);
    this.currentSession = session;
    await channel.prefetch(mode === 'isolating' ? 1 : prefetch);
    await channel.consume(queue, (message) => this.onDelivery(session, message));
    session.isSubscribed = true;
    this.subscribeCount += 1;
    const next = await session.nextMode;
    await within(CLOSE_TIMEOUT_MS, channel.close());
    return next;
  }

  private onDelivery(session: ChannelSession, message: ConsumeMessage | null): void {
    const { queue, log } = this.options;
    if (session.hasEnded) return;
    if (message === null) {
      log.warn({ queue }, 'the broker cancelled the consumer');
      session.end(undefined);
      return;
    }
    const { awaitsFirstDelivery, mode } = session;
    session.awaitsFirstDelivery = false;
    if (awaitsFirstDelivery && mode === 'normal' && isPoisonSuspect(message)) session.end('isolating');
    else if (awaitsFirstDelivery && mode === 'isolating')
      void this.pause(FIRST_SUSPECT_DELAY_MS).then(() => this.add(session, message));
    else this.add(session, message);
  }

  private add(session: ChannelSession, message: ConsumeMessage): void {
    session.add({ ...message, queue: this.options.queue });
    this.options.onReady();
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}
