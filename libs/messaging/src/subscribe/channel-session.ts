import type { Channel } from 'amqplib';
import type { Delivery } from './delivery.js';

/**
 * How a session takes its deliveries. `wary`: as fast as it can, unless the first one is a suspect. `cautious`: one at
 * a time, until a fresh one arrives. `trusting`, after a cautious one: as fast as it can, whatever arrives.
 */
export type Mode = 'wary' | 'cautious' | 'trusting';

/** One channel's worth of consuming one queue. When it is over, its deliveries are the broker's again. */
export class ConsumerSession {
  /** Resolves to the mode of the next session, or to undefined when the broker ended this one. */
  readonly ended: Promise<Mode | undefined>;
  subscribed = false;
  isFirst = true;
  private readonly arrived: Delivery[] = [];
  private over = false;
  private retired = false;
  private inHand = false;
  private onFree: () => void = () => {};
  private resolveEnded!: (next: Mode | undefined) => void;

  constructor(
    readonly queue: string,
    readonly channel: Channel,
    readonly mode: Mode,
  ) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  get isOver(): boolean {
    return this.over;
  }

  /** How many deliveries may be taken. */
  get waiting(): number {
    return this.over || this.retired ? 0 : this.arrived.length;
  }

  /** The delivery that is to be taken next; there must be one. */
  get next(): Delivery {
    return this.arrived[0] as Delivery;
  }

  add(delivery: Delivery): void {
    this.arrived.push(delivery);
  }

  /** Takes up to `most` deliveries, in the order of arrival. */
  take(most: number): Delivery[] {
    this.inHand = true;
    return this.arrived.splice(0, most);
  }

  /** Acknowledges what was taken last, and with it all before, which are settled. Not when the session is over. */
  acknowledge(deliveries: readonly Delivery[]): void {
    if (this.over) return;
    try {
      this.channel.ack(deliveries.at(-1) as Delivery, true);
    } catch {
      this.end(undefined); // the connection is closing
    }
    this.inHand = false;
    this.onFree();
    // Not before: what a channel gives back goes behind what waits to be redelivered, and would change its order.
    if (this.mode === 'cautious' && !deliveries.every(({ fields }) => fields.redelivered))
      this.end('trusting');
  }

  /** Nothing more is taken. Resolves when what was taken is acknowledged, or never will be. */
  retire(): Promise<void> {
    this.retired = true;
    if (!this.inHand) return Promise.resolve();
    return new Promise((resolve) => {
      this.onFree = resolve;
    });
  }

  /** From now on nothing of it is handled or acknowledged; closing its channel gives it all back. */
  end(next: Mode | undefined): void {
    this.over = true;
    this.onFree();
    this.resolveEnded(next);
  }
}
