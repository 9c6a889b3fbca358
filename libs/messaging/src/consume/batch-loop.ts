import { setTimeout as delay } from 'node:timers/promises';
import { hitFailpoint } from '#failpoints';
import { AdaptiveDelay, EveryItemFailedError } from '#concurrency';
import type { BrokerConnection } from '../amqp/connection.js';
import type { ChannelSession } from '../subscribe/channel-session.js';
import type { Delivery } from '../subscribe/delivery.js';
import { takeBatch, type QueueSlice } from './fair-share.js';
import type { Log } from '#observability';
import { traceSettle } from '../tracing/process-spans.js';
import { QueueSubscription } from '../subscribe/queue-subscription.js';

/**
 * Processes every delivery of a batch, so that all can be acknowledged. May call `onProcessed` with deliveries that are
 * processed before the others. Rejects only when the database or the broker is unavailable: the loop then passes the
 * remaining deliveries again, after a pause of 100 ms to 2 s. After EveryItemFailedError it passes the deliveries that
 * arrived since too, up to the maximum: they show whether the first ones are at fault.
 */
export type HandleDeliveries = (
  deliveries: readonly Delivery[],
  onProcessed: (deliveries: readonly Delivery[]) => void,
) => Promise<void>;

export interface BatchLoopOptions {
  /** Names of the queues. Messages of one queue are handled in order. Required. */
  readonly queues: readonly string[];
  /** Maximum of deliveries in a batch. Each queue prefetches twice as many. Required. */
  readonly batchSizeMax: number;
  /** Processes a batch. Required. */
  readonly handle: HandleDeliveries;
  /**
   * Longest time, in ms, that deliveries stay unacknowledged while the loop pauses; then they return to their queues. Keep it
   * below the broker's `consumer_timeout`, 30 minutes by default, which closes the channel and counts a delivery. Default
   * 300,000.
   */
  readonly pauseMaxMs?: number;
  /** Receives pauses and failed subscriptions. Required. */
  readonly log: Log;
}

const KEEP_DELIVERIES_MAX_MS = 5 * 60_000;
const REPEAT_DELAY_MIN_MS = 100;
/** Recovery within 10 s includes one such pause, and a statement that waits for the database. */
const REPEAT_DELAY_MAX_MS = 2_000;

/**
 * The loop of one consumer: takes the deliveries that have arrived on all of its queues as one batch, after a short wait
 * for more (see `AdaptiveDelay`), processes the batch, and acknowledges it queue by queue. Deliveries are acknowledged
 * nowhere else, and never before they are processed. At most one batch is in progress, even across reconnects.
 *
 * Deliveries whose channel has closed are not acknowledged; the broker redelivers them.
 *
 * During a long outage of the database the loop gives its deliveries back and unsubscribes. It repeats the batch from
 * memory, and subscribes again when the batch is processed: an outage counts one delivery, however long it lasts. The inbox
 * recognises the batch when it is delivered again.
 */
export class BatchLoop {
  /** One subscription per queue, in the order of the queues. */
  readonly queueSubscriptions: readonly QueueSubscription[];
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private round = 0;
  private pauseError: unknown;
  private inProgress: readonly SliceProgress[] = [];
  private readonly adaptiveDelay = new AdaptiveDelay();

  constructor(
    connection: BrokerConnection,
    private readonly options: BatchLoopOptions,
  ) {
    const { queues, batchSizeMax, log } = options;
    // One queue alone can fill the batch in progress and the next one.
    const prefetch = 2 * batchSizeMax;
    const onReady = (): void => this.wake();
    this.queueSubscriptions = queues.map(
      (queue) => new QueueSubscription(connection, { queue, prefetch, onReady, log }),
    );
  }

  /** Whether every queue is subscribed. */
  get isSubscribed(): boolean {
    return this.queueSubscriptions.every(({ isSubscribed }) => isSubscribed);
  }

  /** Why the batch in progress is not processed; undefined while no batch is being repeated. */
  get pausedBy(): unknown {
    return this.pauseError;
  }

  /** The smallest `timestamp` of the unprocessed deliveries, in seconds; Infinity without one. The first delivery of each queue is its oldest. */
  get oldestTimestamp(): number {
    const first = [
      ...this.queueSubscriptions.flatMap(({ session }) =>
        session?.readyCount ? [session.nextDelivery] : [],
      ),
      ...this.inProgress.flatMap(({ remaining }) => remaining.slice(0, 1)),
    ];
    const timestamps = first.map(({ properties }) => Number(properties.timestamp));
    return Math.min(...timestamps.filter((timestamp) => timestamp > 0));
  }

  /** Graceful shutdown: processes and acknowledges the batch in progress; the broker requeues the remaining deliveries. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all(this.queueSubscriptions.map((subscription) => subscription.close()));
  }

  private wake(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    // More deliveries of the same socket read follow in this tick: start after them.
    setImmediate(() => {
      this.running = this.runBatches();
    });
  }

  private async runBatches(): Promise<void> {
    while (this.readyCount > 0) {
      await this.adaptiveDelay.wait(this.readyCount);
      await this.adaptiveDelay.run(() => this.process(this.takeNext()));
    }
    this.isRunning = false;
  }

  /** How many deliveries can be taken now. */
  private get readyCount(): number {
    if (this.stopping.signal.aborted) return 0;
    return this.queueSubscriptions.reduce((sum, { session }) => sum + (session?.readyCount ?? 0), 0);
  }

  private takeNext(): readonly QueueSlice[] {
    if (this.stopping.signal.aborted) return [];
    this.round += 1;
    const sessions = this.queueSubscriptions.flatMap(({ session }) => session ?? []);
    return takeBatch(sessions, this.options.batchSizeMax, this.round);
  }

  private async process(batch: readonly QueueSlice[]): Promise<void> {
    const startedAt = performance.now();
    let isGivenBack = false;
    this.inProgress = batch.map((slice) => new SliceProgress(slice));
    for (
      let pauseMs = REPEAT_DELAY_MIN_MS;
      this.remainingCount > 0;
      pauseMs = Math.min(2 * pauseMs, REPEAT_DELAY_MAX_MS)
    ) {
      this.pauseError = await this.tryProcess(pauseMs);
      if (this.pauseError === undefined) break;
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => {});
      if (this.stopping.signal.aborted) return;
      if (isGivenBack) continue;
      this.inProgress = this.inProgress.filter(({ session }) => !session.hasEnded);
      if (this.pauseError instanceof EveryItemFailedError) this.extend();
      isGivenBack = performance.now() - startedAt > this.pauseMaxMs && this.giveBack();
    }
    this.inProgress = [];
    this.pauseError = undefined;
    if (isGivenBack) for (const subscription of this.queueSubscriptions) subscription.resume();
  }

  private get pauseMaxMs(): number {
    return this.options.pauseMaxMs ?? KEEP_DELIVERIES_MAX_MS;
  }

  private get remainingCount(): number {
    return this.inProgress.reduce((sum, { remaining }) => sum + remaining.length, 0);
  }

  /** Returns whether the deliveries are given back. Not while another message that arrives could show which are at fault. */
  private giveBack(): boolean {
    const messages = this.remainingCount;
    const needsOtherMessages =
      this.pauseError instanceof EveryItemFailedError && messages < this.options.batchSizeMax;
    if (messages === 0 || needsOtherMessages) return false;
    for (const subscription of this.queueSubscriptions) subscription.suspend();
    this.options.log.warn(
      { err: this.pauseError, messages },
      'consumer unsubscribed until its batch is processed',
    );
    return true;
  }

  /** Processes and acknowledges; resolves to the error when the remaining deliveries must be passed again. */
  private async tryProcess(pauseMs: number): Promise<unknown> {
    const { handle, log } = this.options;
    const deliveries = this.inProgress.flatMap(({ remaining }) => remaining);
    const onProcessed = (processed: readonly Delivery[]): void => {
      hitFailpoint('consumer.after-commit');
      for (const slice of this.inProgress) slice.onProcessed(processed);
    };
    try {
      await handle(deliveries, onProcessed);
    } catch (error) {
      const queues = this.inProgress.map(({ session }) => session.queue);
      log.warn({ err: error, queues, messages: deliveries.length, pauseMs }, 'consumer paused');
      return error ?? new Error('the batch was not processed');
    }
    onProcessed(deliveries);
    return undefined;
  }

  /** Adds the deliveries that have arrived since, behind those of the same queue. */
  private extend(): void {
    const sessions = this.queueSubscriptions.flatMap(({ session }) => session ?? []);
    this.round += 1;
    const more = takeBatch(sessions, this.options.batchSizeMax - this.remainingCount, this.round);
    for (const slice of more) {
      const known = this.inProgress.find(({ session }) => session === slice.session);
      if (known) known.add(slice.deliveries);
      else this.inProgress = [...this.inProgress, new SliceProgress(slice)];
    }
  }
}

/** The deliveries of one queue in a batch, until they are acknowledged. */
class SliceProgress {
  readonly session: ChannelSession;
  private readonly unacknowledged: Delivery[];
  private readonly processed = new Set<Delivery>();

  constructor({ session, deliveries }: QueueSlice) {
    this.session = session;
    this.unacknowledged = [...deliveries];
  }

  /** Adds deliveries that were taken after the others. */
  add(deliveries: readonly Delivery[]): void {
    this.unacknowledged.push(...deliveries);
  }

  /** The deliveries that are not processed. */
  get remaining(): Delivery[] {
    return this.unacknowledged.filter((delivery) => !this.processed.has(delivery));
  }

  /** Acknowledges the deliveries up to the first one that is not processed: an acknowledgement covers all before it. */
  onProcessed(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.processed.add(delivery);
    const next = this.unacknowledged.findIndex((delivery) => !this.processed.has(delivery));
    const count = next === -1 ? this.unacknowledged.length : next;
    if (count === 0) return;
    const acknowledged = this.unacknowledged.splice(0, count);
    this.session.acknowledge(acknowledged);
    traceSettle(acknowledged);
  }
}
