import { channel, type Channel } from 'node:diagnostics_channel';

/**
 * A typed channel of `node:diagnostics_channel`, for metrics, tracers and tests. Publish at most one message per batch.
 * Without a subscriber, publishing costs one comparison. Programs outside this code subscribe by the name
 * `order-processing:<name>`: https://nodejs.org/api/diagnostics_channel.html
 */
export class DiagnosticChannel<Message extends object> {
  private readonly channel: Channel<unknown, Message>;

  /** @param name unique in the process, without the prefix: `consumer-paused` */
  constructor(name: string) {
    this.channel = channel(`order-processing:${name}`) as Channel<unknown, Message>;
  }

  /** Calls every subscriber before it returns. */
  publish(fact: Message): void {
    if (this.channel.hasSubscribers) this.channel.publish(fact);
  }

  /**
   * Calls `listener` for every later message.
   *
   * @param listener must not throw: the error would end the process
   * @returns a function that ends the subscription
   */
  subscribe(listener: (fact: Message) => void): () => void {
    const subscriber = (fact: unknown): void => listener(fact as Message);
    this.channel.subscribe(subscriber);
    return () => {
      this.channel.unsubscribe(subscriber);
    };
  }
}
