import { setTimeout as delay } from 'node:timers/promises';
import { crashPoint } from '#failpoints';
import { Pace } from '#concurrency';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Delivery } from '../subscribe/delivery.js';
import { gather, type Share } from './fair-share.js';
import type { MessagingLog } from '#observability';
import { QueueConsumer } from '../subscribe/queue-subscription.js';

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
  readonly log: MessagingLog;
}

const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;

/**
 * One consumer in this process: takes whatever has arrived on any of its queues, hands it over as one batch, hardly
 * waiting for more (see `Pace`), and acknowledges it, queue by queue, when it is settled. Nothing is acknowledged before that, and
 * only here. At most one batch is in hand, also across reconnections.
 *
 * What it has of a queue whose subscription has ended meanwhile is not acknowledged: the broker delivers it again.
 */
export class BatchLoop {
  /** One for each of the queues. */
  readonly consumers: readonly QueueConsumer[];
  private readonly stopping = new AbortController();
  private underWay: Promise<void> = Promise.resolve();
  private working = false;
  private rounds = 0;
  private readonly pace = new Pace();

  constructor(
    connection: BrokerConnection,
    private readonly options: BatchLoopOptions,
  ) {
    const { queues, batchSizeMax, log } = options;
    // Any of the queues may be the only one with work: then one batch is in hand and another waits.
    const prefetch = 2 * batchSizeMax;
    const onArrival = (): void => this.wake();
    this.consumers = queues.map(
      (queue) => new QueueConsumer(connection, { queue, prefetch, onArrival, log }),
    );
  }

  /** Whether the broker delivers, or would deliver, to us from every queue. */
  get subscribed(): boolean {
    return this.consumers.every((consumer) => consumer.subscribed);
  }

  /** Takes no further batch, waits for the one in hand, and gives the rest back to the broker. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.underWay;
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
  }

  private wake(): void {
    if (this.working) return;
    this.working = true;
    // More of the same read from the socket are about to arrive: begin after them.
    setImmediate(() => {
      this.underWay = this.work();
    });
  }

  private async work(): Promise<void> {
    while (this.waiting > 0) {
      await this.pace.rest(this.waiting);
      await this.pace.run(() => this.settle(this.next()));
    }
    this.working = false;
  }

  /** How many deliveries may be taken. */
  private get waiting(): number {
    if (this.stopping.signal.aborted) return 0;
    return this.consumers.reduce((sum, { session }) => sum + (session?.waiting ?? 0), 0);
  }

  private next(): readonly Share[] {
    if (this.stopping.signal.aborted) return [];
    this.rounds += 1;
    const sessions = this.consumers.flatMap(({ session }) => session ?? []);
    return gather(sessions, this.options.batchSizeMax, this.rounds);
  }

  private async settle(batch: readonly Share[]): Promise<void> {
    const { handle, log } = this.options;
    let shares = batch;
    for (let pauseMs = PAUSE_MIN_MS; shares.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      try {
        await handle(shares.flatMap(({ deliveries }) => deliveries));
        crashPoint('consumer: after commit, before ack');
        for (const { session, deliveries } of shares) session.acknowledge(deliveries);
        return;
      } catch (error) {
        const queues = shares.map(({ session }) => session.queue);
        const messages = shares.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
        log.warn({ err: error, queues, messages, pauseMs }, 'consumer paused');
      }
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => {});
      if (this.stopping.signal.aborted) return;
      shares = shares.filter(({ session }) => !session.isOver);
    }
  }
}
