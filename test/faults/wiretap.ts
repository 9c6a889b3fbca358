import { connect } from 'amqplib';
import { onTestFinished } from 'vitest';

import { services } from '#contracts';
import { eventsExchange } from '#messaging';

import { until } from '../../tools/client/wait-until.js';

/** Hears every event of every service on its way, or what passes some other exchanges, and counts. */
export class Wiretap {
  private readonly times = new Map<string, number>();

  /** From now on, until the test is over. */
  static async listen(
    rabbitmqUrl: string,
    exchanges: readonly string[] = services.map(eventsExchange),
  ): Promise<Wiretap> {
    const tap = new Wiretap();
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
        tap.times.set(id, (tap.times.get(id) ?? 0) + 1);
      },
      { noAck: true },
    );
    return tap;
  }

  hasHeard(messageId: string): boolean {
    return this.times.has(messageId);
  }

  /** The messages heard more than once. */
  get repeated(): string[] {
    return [...this.times].filter(([, times]) => times > 1).map(([id]) => id);
  }

  /** Waits until a message has been heard more than once: proof that something was sent again. */
  async untilRepeated(): Promise<void> {
    await until(
      'a message that is sent twice',
      async () => this.repeated,
      (ids) => ids.length > 0,
    );
  }
}
