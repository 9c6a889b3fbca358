import { connect } from 'amqplib';
import { onTestFinished } from 'vitest';

import { services } from '#contracts';
import { eventsExchange } from '#messaging';

import { waitUntil } from '../../tools/client/wait-until.js';

/** Hears every event of every service on its way, or what passes some other exchanges, and counts. */
export class MessageRecorder {
  private readonly counts = new Map<string, number>();

  /** From now on, until the test is over. */
  static async start(
    rabbitmqUrl: string,
    exchanges: readonly string[] = services.map(eventsExchange),
  ): Promise<MessageRecorder> {
    const recorder = new MessageRecorder();
    const connection = await connect(rabbitmqUrl);
    connection.on('error', () => {}); // a test may end the broker
    onTestFinished(() => connection.close().catch(() => {}));
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const exchange of exchanges) await channel.bindQueue(queue, exchange, '#');
    await channel.consume(
      queue,
      (message) => {
        const id = String(message?.properties.messageId);
        recorder.counts.set(id, (recorder.counts.get(id) ?? 0) + 1);
      },
      { noAck: true },
    );
    return recorder;
  }

  hasReceived(messageId: string): boolean {
    return this.counts.has(messageId);
  }

  /** The messages heard more than once. */
  get duplicates(): string[] {
    return [...this.counts].filter(([, times]) => times > 1).map(([id]) => id);
  }

  /** Waits until a message has been heard more than once: proof that something was sent again. */
  async waitForDuplicate(): Promise<void> {
    await waitUntil(
      'a message that is sent twice',
      async () => this.duplicates,
      (ids) => ids.length > 0,
    );
  }
}
