import { connect } from 'amqplib';
import { services } from '#contracts';
import { eventsExchange } from '#messaging';

/** Not named after a service, so the audit does not count what is in it. */
const QUEUE = 'chaos.message-recorder';

/**
 * A queue that gets everything published on the services' exchanges, so that it is known afterwards how often each
 * message went over the wire. Nobody reads it while servers are being crashed: it survives that like any other.
 */
export async function startMessageRecorder(rabbitmqUrl: string): Promise<void> {
  const connection = await connect(rabbitmqUrl);
  try {
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    for (const service of services) await channel.bindQueue(QUEUE, eventsExchange(service), '#');
  } finally {
    await connection.close();
  }
}

/** What went over the wire. */
export interface RecordedMessages {
  readonly total: number;
  /** Messages beyond the first under the same id. */
  readonly duplicates: number;
}

/** Empties the queue. */
export async function readMessageRecorder(rabbitmqUrl: string): Promise<RecordedMessages> {
  const connection = await connect(rabbitmqUrl);
  try {
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(QUEUE);
    const ids = new Set<unknown>();
    let total = 0;
    await channel.prefetch(1_000);
    await new Promise<void>((resolve, reject) => {
      channel.on('error', reject);
      channel.on('close', () => reject(new Error('the broker closed the message recorder')));
      if (messageCount === 0) return resolve();
      const onMessage = (message: { properties: { messageId?: unknown } } | null): void => {
        if (message === null) return reject(new Error('the broker cancelled the message recorder'));
        ids.add(message.properties.messageId);
        total += 1;
        channel.ack(message as Parameters<typeof channel.ack>[0]);
        if (total === messageCount) resolve();
      };
      channel.consume(QUEUE, onMessage).catch(reject);
    });
    return { total, duplicates: total - ids.size };
  } finally {
    await connection.close();
  }
}
