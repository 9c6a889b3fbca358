import type { Channel } from 'amqplib';
import type { Delivery } from './delivery.js';

/**
 * How a session takes its deliveries. `wary`: as fast as it can, unless the first one is a suspect. `cautious`: one at
 * a time, until a fresh one arrives. `trusting`, after a cautious one: as fast as it can, whatever arrives.
 */
export type SessionMode = 'normal' | 'isolating' | 'recovered';

/** One channel's worth of consuming one queue. When it is over, its deliveries are the broker's again. */
export class ChannelSession {
  /** Resolves to the mode of the next session, or to undefined when the broker ended this one. */
  readonly nextMode: Promise<SessionMode | undefined>;
  isSubscribed = false;
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

  get hasEnded(): boolean {
    return this.isEnded;
  }

  /** How many deliveries may be taken. */
  get readyCount(): number {
    return this.isEnded || this.isDraining ? 0 : this.buffer.length;
  }

  /** The delivery that is to be taken next; there must be one. */
  get nextDelivery(): Delivery {
    return this.buffer[0] as Delivery;
  }

  add(delivery: Delivery): void {
    this.buffer.push(delivery);
  }

  /** Takes up to `most` deliveries, in the order of arrival. */
  take(max: number): Delivery[] {
    this.hasUnacked = true;
    return this.buffer.splice(0, max);
  }

  /** Acknowledges what was taken last, and with it all before, which are settled. Not when the session is over. */
  acknowledge(deliveries: readonly Delivery[]): void {
    if (this.isEnded) return;
    try {
      this.channel.ack(deliveries.at(-1) as Delivery, true);
    } catch {
      this.end(undefined); // the connection is closing
    }
    this.hasUnacked = false;
    this.onDrained();
    // Not before: what a channel gives back goes behind what waits to be redelivered, and would change its order.
    if (this.mode === 'isolating' && !deliveries.every(({ fields }) => fields.redelivered))
      this.end('recovered');
  }

  /** Nothing more is taken. Resolves when what was taken is acknowledged, or never will be. */
  drain(): Promise<void> {
    this.isDraining = true;
    if (!this.hasUnacked) return Promise.resolve();
    return new Promise((resolve) => {
      this.onDrained = resolve;
    });
  }

  /** From now on nothing of it is handled or acknowledged; closing its channel gives it all back. */
  end(next: SessionMode | undefined): void {
    this.isEnded = true;
    this.onDrained();
    this.resolveNextMode(next);
  }
}
