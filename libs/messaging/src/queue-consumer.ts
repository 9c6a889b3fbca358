import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { crashPoint } from '#crash-points';
import { atMost } from './at-most.js';
import type { BrokerConnection } from './connection.js';
import { ConsumerSession, type Mode } from './consumer-session.js';
import type { MessagingLog } from './log.js';

export interface QueueConsumerOptions {
  readonly queue: string;
  /** Most deliveries handed over at once. */
  readonly batchSizeMax: number;
  /**
   * Settles every delivery of the batch, so that all may be acknowledged. Rejects only when the infrastructure
   * failed; the same batch is then handed over again after a pause, and no attempt is counted.
   */
  readonly handle: (deliveries: readonly ConsumeMessage[]) => Promise<void>;
  readonly log: MessagingLog;
}

const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;
const RESUBSCRIBE_AFTER_MS = 1_000;
const CLOSE_WITHIN_MS = 2_000;

/**
 * Consumes one queue on a channel of its own: takes whatever has arrived, hands it over as one batch without waiting
 * for more, and acknowledges it when it is settled. Nothing is acknowledged before that, and only here. At most one
 * batch is in hand, also across reconnections.
 *
 * If the first delivery after a subscription is a redelivery, the process may have been killed by one of the messages
 * it held. The consumer then takes one message at a time until a fresh one arrives, so that a killer's neighbours are
 * not counted towards the delivery limit with it.
 */
export class QueueConsumer {
  private connected: ChannelModel | undefined;
  private session: ConsumerSession | undefined;
  private readonly stopping = new AbortController();
  private underWay: Promise<void> = Promise.resolve();

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

  /** Whether the broker delivers, or would deliver, to us. */
  get subscribed(): boolean {
    return this.session?.subscribed === true;
  }

  /**
   * Takes no further batch, waits for the one in hand, and gives the rest back to the broker. It does not cancel
   * first: another replica would then begin with the next messages beside our batch.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.underWay;
    if (this.session) await atMost(CLOSE_WITHIN_MS, this.session.channel.close());
  }

  /** One session after another, as long as this connection lives; the next connection brings a loop of its own. */
  private async keepSubscribed(model: ChannelModel): Promise<void> {
    const { queue, log } = this.options;
    let mode: Mode = 'wary';
    while (this.connected === model && !this.stopping.signal.aborted) {
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

  /** Resolves when the session has ended, to the mode of the next one, or to undefined if the broker ended it. */
  private async consume(model: ChannelModel, mode: Mode): Promise<Mode | undefined> {
    const { queue, batchSizeMax, log } = this.options;
    const channel = await model.createChannel();
    const session = new ConsumerSession(channel, mode);
    channel.on('error', (error: Error) => log.warn({ err: error, queue }, 'consuming channel failed'));
    channel.on('close', () => this.end(session));
    this.session = session;
    await channel.prefetch(mode === 'cautious' ? 1 : 2 * batchSizeMax);
    await channel.consume(queue, (delivery) => this.onDelivery(session, delivery));
    session.subscribed = true;
    const next = await session.ended;
    await atMost(CLOSE_WITHIN_MS, channel.close());
    return next;
  }

  /** From now on nothing of this session is handled or acknowledged; closing its channel gives it all back. */
  private end(session: ConsumerSession, next?: Mode): void {
    if (this.session === session) this.session = undefined;
    session.end(next);
  }

  private onDelivery(session: ConsumerSession, delivery: ConsumeMessage | null): void {
    if (session !== this.session || this.stopping.signal.aborted) return;
    if (delivery === null) {
      this.options.log.warn({ queue: this.options.queue }, 'the broker cancelled the consumer');
      this.end(session);
      return;
    }
    if (session.mode === 'wary' && session.isFirst && delivery.fields.redelivered) {
      this.end(session, 'cautious');
      return;
    }
    session.arrived.push(delivery);
    session.isFirst = false;
    if (session.working) return;
    session.working = true;
    // More of the same read from the socket are about to arrive: begin after them.
    setImmediate(() => {
      this.underWay = this.underWay.then(() => this.work(session));
    });
  }

  private async work(session: ConsumerSession): Promise<void> {
    while (session === this.session && session.arrived.length > 0 && !this.stopping.signal.aborted) {
      const batch = session.arrived.splice(0, this.options.batchSizeMax);
      const settled = await this.settle(session, batch);
      if (!settled) return;
      crashPoint('consumer: after commit, before ack');
      this.acknowledge(session, batch);
      if (session.mode === 'cautious' && batch.some((delivery) => !delivery.fields.redelivered)) {
        this.end(session, 'trusting');
      }
    }
    session.working = false;
  }

  private acknowledge(session: ConsumerSession, batch: readonly ConsumeMessage[]): void {
    try {
      session.channel.ack(batch.at(-1) as ConsumeMessage, true); // and all before it, which are settled
    } catch {
      this.end(session); // the connection is closing
    }
  }

  /** False when the session has ended meanwhile: the broker delivers the batch again, to whoever is next. */
  private async settle(session: ConsumerSession, batch: readonly ConsumeMessage[]): Promise<boolean> {
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      try {
        await this.options.handle(batch);
        return session === this.session;
      } catch (error) {
        const { queue, log } = this.options;
        log.warn({ err: error, queue, messages: batch.length, pauseMs }, 'consumer paused');
      }
      await this.pause(pauseMs);
      if (session !== this.session || this.stopping.signal.aborted) return false;
    }
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
