import type { Channel } from 'amqplib';
import type { Delivery } from './delivery.js';

/**
 * How a session takes deliveries. `normal`: in batches, until its first delivery is suspected to be a poison message.
 * `isolating`: one at a time, until one arrives that was never redelivered. `recovered`: in batches, without suspicion.
 */
export type SessionMode = 'normal' | 'isolating' | 'recovered';

/** One subscription to one queue on one channel. The broker redelivers its unacknowledged deliveries once it has ended. */
export class ChannelSession {
  /** Resolves when the session ends: to the mode of the next session, or to undefined if the broker ended it. */
  readonly nextMode: Promise<SessionMode | undefined>;
  /** Whether the broker has confirmed the subscription. */
  isSubscribed = false;
  /** Whether the session has received no delivery yet. */
  awaitsFirstDelivery = true;
  private readonly buffer: Delivery[] = [];
  private isEnded = false;
  private isDraining = false;
  private hasUnacked = false;
  private onDrained: () => void = () => {};
  private resolveNextMode!: (next: SessionMode | undefined) => void;

  constructor(
    readonly queue: string,
    readonly channel: Channel,
    readonly mode: SessionMode,
  ) {
    this.nextMode = new Promise((resolve) => {
      this.resolveNextMode = resolve;
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
    this.hasUnacked = true;
    return this.buffer.splice(0, max);
  }

  /** Acknowledges `deliveries`, the ones taken last. No-op once the session has ended: the broker redelivers them. */
  acknowledge(deliveries: readonly Delivery[]): void {
    if (this.isEnded) return;
    try {
      this.channel.ack(deliveries.at(-1) as Delivery, true);
    } catch {
      this.end(undefined); // the connection is closing
    }
    this.hasUnacked = false;
    this.onDrained();
    // Only now: messages that a channel returns go behind those that wait for redelivery, which would change the order.
    if (this.mode === 'isolating' && !deliveries.every(({ fields }) => fields.redelivered))
      this.end('recovered');
  }

  /** Stops taking. Resolves when the taken deliveries are acknowledged, or the session has ended. */
  drain(): Promise<void> {
    this.isDraining = true;
    if (!this.hasUnacked) return Promise.resolve();
    return new Promise((resolve) => {
      this.onDrained = resolve;
    });
  }

  /** Ends the session. The caller closes the channel, which returns the unacknowledged deliveries to the queue. */
  end(next: SessionMode | undefined): void {
    this.isEnded = true;
    this.onDrained();
    this.resolveNextMode(next);
  }
}
