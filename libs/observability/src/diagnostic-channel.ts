import { channel, type Channel } from 'node:diagnostics_channel';

/**
 * Something that happens, told to whoever counts it: metrics, a tracer, a test. Sent once per batch at most, and costs one
 * comparison where nobody listens. Others can listen by the name, as Node.js has it:
 * https://nodejs.org/api/diagnostics_channel.html
 */
export class DiagnosticChannel<Message extends object> {
  private readonly channel: Channel<unknown, Message>;

  constructor(name: string) {
    this.channel = channel(`order-processing:${name}`) as Channel<unknown, Message>;
  }

  publish(fact: Message): void {
    if (this.channel.hasSubscribers) this.channel.publish(fact);
  }

  /** @param listener must not throw: that would end the process. @returns what ends it */
  subscribe(listener: (fact: Message) => void): () => void {
    const subscriber = (fact: unknown): void => listener(fact as Message);
    this.channel.subscribe(subscriber);
    return () => {
      this.channel.unsubscribe(subscriber);
    };
  }
}
