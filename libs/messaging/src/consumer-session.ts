import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * How a session takes its deliveries. `wary`: as fast as it can, unless the first one is a redelivery. `cautious`: one
 * at a time, until a fresh one arrives. `trusting`, after a cautious one: as fast as it can, whatever arrives.
 */
export type Mode = 'wary' | 'cautious' | 'trusting';

/** One channel's worth of consuming. When it has ended its deliveries are the broker's again. */
export class ConsumerSession {
  readonly arrived: ConsumeMessage[] = [];
  /** Resolves to the mode of the next session, or to undefined when the broker ended this one. */
  readonly ended: Promise<Mode | undefined>;
  subscribed = false;
  isFirst = true;
  working = false;
  private resolveEnded!: (next: Mode | undefined) => void;

  constructor(
    readonly channel: Channel,
    readonly mode: Mode,
  ) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  end(next: Mode | undefined): void {
    this.resolveEnded(next);
  }
}
