import { describeFault } from '#database';
import type { BrokerConnection } from '../amqp/connection.js';
import { QueueDepth } from '../amqp/queue-depth.js';
import type { BatchLoop } from './batch-loop.js';

/** Deliveries that arrived this long after their event, in ms, belong to a backlog. Above the differences of clocks. */
const BACKLOG_AGE_MS = 5_000;
/** Time without a backlog, in ms, until other replicas have settled the messages that they prefetched. */
const SETTLING_MS = 2_000;

/**
 * Whether messages that were published long ago may still be unread: the consumers of a service are unsubscribed or
 * paused, or have a backlog. A deadline that the unread messages would meet must wait.
 */
export class ConsumerBacklog {
  private readonly depths: readonly QueueDepth[];
  private subscriptionCount = -1;
  private currentSince: number | undefined;

  constructor(
    connection: BrokerConnection,
    private readonly loops: readonly BatchLoop[],
  ) {
    const queues = loops.flatMap(({ queueSubscriptions }) => queueSubscriptions);
    this.depths = queues.map(({ queue }) => new QueueDepth(connection, queue));
  }

  /**
   * Resolves to the reason while messages may be unread, and for 2 s after the last one; then to undefined. Asks the broker
   * for the depth of each queue: call it only when the answer matters.
   */
  async reason(): Promise<string | undefined> {
    const reason = this.ownReason() ?? (await this.depthReason());
    const subscriptionCount = this.loops
      .flatMap(({ queueSubscriptions }) => queueSubscriptions)
      .reduce((sum, queue) => sum + queue.subscriptionCount, 0);
    const isInterrupted = reason !== undefined || subscriptionCount !== this.subscriptionCount;
    this.subscriptionCount = subscriptionCount;
    if (isInterrupted) this.currentSince = performance.now();
    const isSettled = performance.now() - (this.currentSince ?? 0) > SETTLING_MS;
    return reason ?? (isSettled ? undefined : 'prefetched messages may be unsettled');
  }

  private ownReason(): string | undefined {
    if (!this.loops.every(({ isSubscribed }) => isSubscribed)) return 'not subscribed to every queue';
    const paused = this.loops.find(({ pausedBy }) => pausedBy !== undefined);
    if (paused) return `consumer paused: ${describeFault(paused.pausedBy)}`;
    const oldest = Math.min(...this.loops.map(({ oldestTimestamp }) => oldestTimestamp));
    return Date.now() - 1_000 * oldest > BACKLOG_AGE_MS ? 'old messages are unsettled' : undefined;
  }

  private async depthReason(): Promise<string | undefined> {
    try {
      const counts = await Promise.all(this.depths.map((depth) => depth.read()));
      const ready = counts.reduce((sum, count) => sum + count, 0);
      return ready > 0 ? `messages ready in the queues: ${ready}` : undefined;
    } catch (error) {
      return `the queues cannot be read: ${(error as Error).message}`;
    }
  }
}
