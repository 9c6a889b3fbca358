import { setTimeout as delay } from 'node:timers/promises';
import { hitFailpoint } from '#failpoints';
import { AdaptiveDelay } from '#concurrency';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Delivery } from '../subscribe/delivery.js';
import { takeBatch, type QueueSlice } from './fair-share.js';
import type { Log } from '#observability';
import { QueueSubscription } from '../subscribe/queue-subscription.js';

export interface BatchLoopOptions {
  /** Order is kept within each. */
  readonly queues: readonly string[];
  /** Most deliveries handed over at once. */
  readonly batchSizeMax: number;
  /**
   * Settles every delivery of the batch, so that all may be acknowledged. Rejects only when the infrastructure
   * failed; the same batch is then handed over again after a pause, and no attempt is counted.
   */
  readonly handle: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly log: Log;
}

const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;

/**
 * One consumer in this process: takes whatever has arrived on any of its queues, hands it over as one batch, hardly
 * waiting for more (see `AdaptiveDelay`), and acknowledges it, queue by queue, when it is settled. Nothing is acknowledged before that, and
 * only here. At most one batch is in hand, also across reconnections.
 *
 * What it has of a queue whose subscription has ended meanwhile is not acknowledged: the broker delivers it again.
 */
export class BatchLoop {
  /** One for each of the queues. */
  readonly queueSubscriptions: readonly QueueSubscription[];
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private round = 0;
  private readonly adaptiveDelay = new AdaptiveDelay();

  constructor(
    connection: BrokerConnection,
    private readonly options: BatchLoopOptions,
  ) {
    const { queues, batchSizeMax, log } = options;
    // Any of the queues may be the only one with work: then one batch is in hand and another waits.
    const prefetch = 2 * batchSizeMax;
    const onReady = (): void => this.wake();
    this.queueSubscriptions = queues.map(
      (queue) => new QueueSubscription(connection, { queue, prefetch, onReady, log }),
    );
  }

  /** Whether the broker delivers, or would deliver, to us from every queue. */
  get isSubscribed(): boolean {
    return this.queueSubscriptions.every((consumer) => consumer.isSubscribed);
  }

  /** Takes no further batch, waits for the one in hand, and gives the rest back to the broker. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all(this.queueSubscriptions.map((consumer) => consumer.close()));
  }

  private wake(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    // More of the same read from the socket are about to arrive: begin after them.
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

  /** How many deliveries may be taken. */
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
    const { handle, log } = this.options;
    let slices = batch;
    for (let pauseMs = PAUSE_MIN_MS; slices.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      try {
        await handle(slices.flatMap(({ deliveries }) => deliveries));
        hitFailpoint('consumer.after-commit');
        for (const { session, deliveries } of slices) session.acknowledge(deliveries);
        return;
      } catch (error) {
        const queues = slices.map(({ session }) => session.queue);
        const messages = slices.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
        log.warn({ err: error, queues, messages, pauseMs }, 'consumer paused');
      }
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => {});
      if (this.stopping.signal.aborted) return;
      slices = slices.filter(({ session }) => !session.hasEnded);
    }
  }
}
