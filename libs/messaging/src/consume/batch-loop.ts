import { setTimeout as delay } from 'node:timers/promises';
import { hitFailpoint } from '#failpoints';
import { AdaptiveDelay, EveryItemFailedError } from '#concurrency';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Delivery } from '../subscribe/delivery.js';
import { takeBatch, type QueueSlice } from './fair-share.js';
import type { Log } from '#observability';
import { QueueSubscription } from '../subscribe/queue-subscription.js';

export interface BatchLoopOptions {
  /** Names of the queues. Messages of one queue are handled in order. Required. */
  readonly queues: readonly string[];
  /** Maximum of deliveries in a batch. Each queue prefetches twice as many. Required. */
  readonly batchSizeMax: number;
  /**
   * Settles every delivery of the batch, so that all can be acknowledged. Rejects only when the database or the broker is
   * unavailable: the loop then passes the same batch again, after a pause of 100 ms to 2 s. After EveryItemFailedError it
   * passes the deliveries that arrived since too, up to the maximum: they show whether the first ones are at fault.
   * Required.
   */
  readonly handle: (deliveries: readonly Delivery[]) => Promise<void>;
  /**
   * Longest time, in ms, that deliveries stay unacknowledged while the loop pauses; then they return to their queues. Below
   * the broker's `consumer_timeout`, 30 minutes by default, each of which counts a delivery. Default 300,000.
   */
  readonly pauseMaxMs?: number;
  /** Receives pauses and failed subscriptions. Required. */
  readonly log: Log;
}

const PAUSE_TOTAL_MAX_MS = 5 * 60_000;
const PAUSE_MIN_MS = 100;
/** Recovery within 10 s includes one such pause, and a statement that waits for the database. */
const PAUSE_MAX_MS = 2_000;

/**
 * The loop of one consumer: takes the deliveries that have arrived on all of its queues as one batch, after a short wait
 * for more (see `AdaptiveDelay`), settles the batch, and acknowledges it queue by queue. Deliveries are acknowledged
 * nowhere else, and never before they are settled. At most one batch is in progress, even across reconnects.
 *
 * Deliveries whose channel has closed are not acknowledged; the broker redelivers them.
 *
 * During a long outage of the database the loop gives its deliveries back and unsubscribes. It repeats the batch from
 * memory, and subscribes again when the batch is settled: an outage counts one delivery, however long it lasts. The inbox
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
  private inProgress: readonly QueueSlice[] = [];
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

  /** Why the batch in progress is not settled; undefined while no batch is being repeated. */
  get pausedBy(): unknown {
    return this.pauseError;
  }

  /** The smallest `timestamp` of the unsettled deliveries, in seconds; Infinity without one. First deliveries are oldest. */
  get oldestTimestamp(): number {
    const first = [
      ...this.queueSubscriptions.flatMap(({ session }) =>
        session?.readyCount ? [session.nextDelivery] : [],
      ),
      ...this.inProgress.flatMap(({ deliveries }) => deliveries.slice(0, 1)),
    ];
    const timestamps = first.map(({ properties }) => Number(properties.timestamp));
    return Math.min(...timestamps.filter((timestamp) => timestamp > 0));
  }

  /** Graceful shutdown: settles and acknowledges the batch in progress; the broker requeues the remaining deliveries. */
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
      await this.adaptiveDelay.run(() => this.settle(this.takeNext()));
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

  private async settle(batch: readonly QueueSlice[]): Promise<void> {
    const startedAt = performance.now();
    let slices = batch;
    let isGivenBack = false;
    for (let pauseMs = PAUSE_MIN_MS; slices.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      this.inProgress = slices;
      this.pauseError = await this.trySettle(slices, pauseMs);
      if (this.pauseError === undefined) break;
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => {});
      if (this.stopping.signal.aborted) return;
      if (isGivenBack) continue;
      slices = slices.filter(({ session }) => !session.hasEnded);
      if (this.pauseError instanceof EveryItemFailedError) slices = this.extend(slices);
      isGivenBack = performance.now() - startedAt > this.pauseMaxMs && this.giveBack(slices);
    }
    this.inProgress = [];
    this.pauseError = undefined;
    if (isGivenBack) for (const subscription of this.queueSubscriptions) subscription.resume();
  }

  private get pauseMaxMs(): number {
    return this.options.pauseMaxMs ?? PAUSE_TOTAL_MAX_MS;
  }

  /** Returns whether the deliveries are given back. Not while a neighbour that arrives could show which are at fault. */
  private giveBack(slices: readonly QueueSlice[]): boolean {
    const messages = countDeliveries(slices);
    const needsNeighbours =
      this.pauseError instanceof EveryItemFailedError && messages < this.options.batchSizeMax;
    if (messages === 0 || needsNeighbours) return false;
    for (const subscription of this.queueSubscriptions) subscription.suspend();
    this.options.log.warn(
      { err: this.pauseError, messages },
      'consumer unsubscribed until its batch is settled',
    );
    return true;
  }

  /** Handles and acknowledges; resolves to the error when the batch must be repeated. */
  private async trySettle(slices: readonly QueueSlice[], pauseMs: number): Promise<unknown> {
    const { handle, log } = this.options;
    try {
      await handle(slices.flatMap(({ deliveries }) => deliveries));
    } catch (error) {
      const queues = slices.map(({ session }) => session.queue);
      log.warn({ err: error, queues, messages: countDeliveries(slices), pauseMs }, 'consumer paused');
      return error ?? new Error('the batch was not settled');
    }
    hitFailpoint('consumer.after-commit');
    for (const { session, deliveries } of slices) session.acknowledge(deliveries);
    return undefined;
  }

  /** Adds the deliveries that have arrived since, behind those of the same queue. An isolated message stays alone. */
  private extend(slices: readonly QueueSlice[]): readonly QueueSlice[] {
    if (slices.some(({ session }) => session.mode === 'isolating')) return slices;
    const sessions = this.queueSubscriptions.flatMap(({ session }) =>
      session && session.mode !== 'isolating' ? [session] : [],
    );
    this.round += 1;
    const more = takeBatch(sessions, this.options.batchSizeMax - countDeliveries(slices), this.round);
    const merged = new Map(slices.map(({ session, deliveries }) => [session, deliveries]));
    for (const { session, deliveries } of more)
      merged.set(session, [...(merged.get(session) ?? []), ...deliveries]);
    return [...merged].map(([session, deliveries]) => ({ session, deliveries }));
  }
}

function countDeliveries(slices: readonly QueueSlice[]): number {
  return slices.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
}
