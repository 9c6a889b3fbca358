import type { Channel } from 'amqplib';
import type { Delivery } from './delivery.js';

/** Why a session ended: `released` to another replica, or `lost` with its channel, its queue or its connection. */
export type SessionEnd = 'released' | 'lost';

/** One subscription to one queue on one channel. The broker redelivers its unacknowledged deliveries once it has ended. */
export class ChannelSession {
  /** Resolves when the session ends. */
  readonly ended: Promise<SessionEnd>;
  /** Whether the broker has confirmed the subscription. */
  isSubscribed = false;
  private readonly buffer: Delivery[] = [];
  private isEnded = false;
  private isDraining = false;
  private unackedCount = 0;
  private onDrained: () => void = () => {};
  private resolveEnded!: (end: SessionEnd) => void;

  constructor(
    readonly queue: string,
    readonly channel: Channel,
  ) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** Whether the session has ended: nothing of it can be taken or acknowledged. */
  get hasEnded(): boolean {
    return this.isEnded;
  }

  /** How many deliveries can be taken now. */
  get readyCount(): number {
    return this.isEnded || this.isDraining ? 0 : this.buffer.length;
  }

  /** The delivery that `take` returns first. Only while {@link readyCount} is not 0. */
  get nextDelivery(): Delivery {
    return this.buffer[0] as Delivery;
  }

  /** Buffers a delivery until it is taken. */
  add(delivery: Delivery): void {
    this.buffer.push(delivery);
  }

  /** Removes up to `max` deliveries from the buffer, in the order of arrival. Acknowledge them before the next take. */
  take(max: number): Delivery[] {
    const taken = this.buffer.splice(0, max);
    this.unackedCount += taken.length;
    return taken;
  }

  /** Acknowledges the first `deliveries` of the taken ones. No-op once the session has ended: the broker redelivers them. */
  acknowledge(deliveries: readonly Delivery[]): void {
    if (this.isEnded) return;
    try {
      this.channel.ack(deliveries.at(-1) as Delivery, true);
    } catch {
      this.end('lost'); // the connection is closing
    }
    this.unackedCount -= deliveries.length;
    if (this.unackedCount === 0) this.onDrained();
  }

  /** Stops taking. Resolves when the taken deliveries are acknowledged, or the session has ended. */
  drain(): Promise<void> {
    this.isDraining = true;
    if (this.unackedCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onDrained = resolve;
    });
  }

  /** Ends the session. The caller closes the channel, which returns the unacknowledged deliveries to the queue. */
  end(reason: SessionEnd): void {
    this.isEnded = true;
    this.onDrained();
    this.resolveEnded(reason);
  }
}
