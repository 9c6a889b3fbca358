import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { atMost } from '../amqp/within.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { ConsumerSession, type Mode } from './channel-session.js';
import { isSuspect } from './delivery.js';
import type { MessagingLog } from '#observability';

export interface QueueConsumerOptions {
  readonly queue: string;
  /** Most deliveries that wait here or are in hand. */
  readonly prefetch: number;
  /** Something may be taken from {@link QueueConsumer.session}. */
  readonly onArrival: () => void;
  readonly log: MessagingLog;
}

const RESUBSCRIBE_AFTER_MS = 1_000;
const CLOSE_WITHIN_MS = 2_000;
/** What other queues hold can arrive meanwhile, and go first: some take several round trips more to be subscribed. */
const FIRST_SUSPECT_AFTER_MS = 1_000;

/**
 * Keeps one queue subscribed, on a channel of its own and one session after another, and holds what has arrived until
 * it is taken.
 *
 * If the first delivery after a subscription has been returned twice, the process may have been ended by one of the
 * messages it held. The next session then has one message at a time until a fresh one arrives, so that a killer's
 * neighbours are not counted towards the delivery limit with it.
 */
export class QueueConsumer {
  private connected: ChannelModel | undefined;
  private current: ConsumerSession | undefined;
  private subscribedSoFar = 0;
  private readonly closing = new AbortController();

  constructor(
    connection: BrokerConnection,
    private readonly options: QueueConsumerOptions,
  ) {
    connection.onConnected((model) => {
      this.connected = model;
      void this.keepSubscribed(model);
    });
    connection.onState((state) => {
      if (state === 'disconnected') this.connected = undefined;
    });
  }

  /** Where deliveries are taken from and acknowledged, while we are subscribed. */
  get session(): ConsumerSession | undefined {
    return this.current?.isOver === false ? this.current : undefined;
  }

  /** Whether the broker delivers, or would deliver, to us. */
  get subscribed(): boolean {
    return this.session?.subscribed === true;
  }

  /** How often we have subscribed so far: it tells whether we have kept our place in line. */
  get subscriptions(): number {
    return this.subscribedSoFar;
  }

  /**
   * Finishes what is in hand, gives the rest back, and subscribes again behind everybody else who has. A cautious
   * session does so by itself with the first fresh message, and must not before: see {@link ConsumerSession}.
   */
  async stepBack(): Promise<void> {
    const { session } = this;
    if (!session || session.mode === 'cautious') return;
    await session.retire();
    session.end('wary');
  }

  /**
   * Gives everything back that is not acknowledged. It does not cancel: another replica would begin with the next
   * messages beside the batch in hand, so finish that first.
   */
  async close(): Promise<void> {
    this.closing.abort();
    const { session } = this;
    session?.end(undefined);
    if (session) await atMost(CLOSE_WITHIN_MS, session.channel.close());
  }

  /** One session after another, as long as this connection lives; the next connection brings a loop of its own. */
  private async keepSubscribed(model: ChannelModel): Promise<void> {
    const { queue, log } = this.options;
    let mode: Mode = 'wary';
    while (this.connected === model && !this.closing.signal.aborted) {
      let next: Mode | undefined;
      try {
        next = await this.consume(model, mode);
      } catch (error) {
        if (this.connected === model) log.warn({ err: error, queue }, 'could not subscribe');
      }
      if (!next) await this.pause(RESUBSCRIBE_AFTER_MS);
      mode = next ?? 'wary';
    }
  }

  /** Resolves when the session is over, to the mode of the next one, or to undefined if the broker ended it. */
  private async consume(model: ChannelModel, mode: Mode): Promise<Mode | undefined> {
    const { queue, prefetch, log } = this.options;
    const channel = await model.createChannel();
    const session = new ConsumerSession(queue, channel, mode);
    channel.on('error', (error: Error) => log.warn({ err: error, queue }, 'consuming channel failed'));
    channel.on('close', () => session.end(undefined));
    this.session?.end(undefined);
    this.current = session;
    await channel.prefetch(mode === 'cautious' ? 1 : prefetch);
    await channel.consume(queue, (message) => this.onDelivery(session, message));
    session.subscribed = true;
    this.subscribedSoFar += 1;
    const next = await session.ended;
    await atMost(CLOSE_WITHIN_MS, channel.close());
    return next;
  }

  private onDelivery(session: ConsumerSession, message: ConsumeMessage | null): void {
    const { queue, log } = this.options;
    if (session.isOver) return;
    if (message === null) {
      log.warn({ queue }, 'the broker cancelled the consumer');
      session.end(undefined);
      return;
    }
    const { isFirst, mode } = session;
    session.isFirst = false;
    if (isFirst && mode === 'wary' && isSuspect(message)) session.end('cautious');
    else if (isFirst && mode === 'cautious')
      void this.pause(FIRST_SUSPECT_AFTER_MS).then(() => this.add(session, message));
    else this.add(session, message);
  }

  private add(session: ConsumerSession, message: ConsumeMessage): void {
    session.add({ ...message, queue: this.options.queue });
    this.options.onArrival();
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}
