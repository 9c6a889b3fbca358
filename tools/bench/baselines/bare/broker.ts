import type { Socket } from 'node:net';
import { type ChannelModel, type ConfirmChannel, connect, type ConsumeMessage } from 'amqplib';
import { Session, encodeTextArray } from './database.js';
import { type Event, eventExchange, type EncodedEvent, encodeEvent, eventRoutingKey } from './event.js';
import { Batcher } from './batcher.js';

const PARTITIONS = 4;
const PREFETCH = 500;

const INSERT_OUTBOX = `INSERT INTO outbox (id, body) SELECT * FROM unnest($1::uuid[], $2::text[])`;
const SELECT_PENDING = 'SELECT body FROM outbox ORDER BY id';
const DELETE_CONFIRMED = 'DELETE FROM outbox WHERE id = ANY ($1::uuid[])';

/**
 * The outbox and its relay. After the commit the relay publishes the added events from memory, and deletes the rows that
 * the broker has confirmed. It reads the table only at its start, for events left by a crash.
 */
export class Outbox {
  private readonly confirmed: Batcher<string>;

  private constructor(
    private readonly channel: ConfirmChannel,
    private readonly socket: Socket,
    private readonly userId: string,
    session: Session,
  ) {
    this.confirmed = new Batcher(
      async (ids) => void (await session.query('outbox_remove', DELETE_CONFIRMED, [ids])),
    );
  }

  static async open(databaseUrl: string, brokerUrl: string): Promise<Outbox> {
    const connection = await connect(brokerUrl, { noDelay: true });
    const channel = await connection.createConfirmChannel();
    const session = await Session.open(databaseUrl);
    const user = decodeURIComponent(new URL(brokerUrl).username);
    const outbox = new Outbox(channel, getSocket(connection), user, session);
    const remaining = await session.query<{ body: string }>('outbox_pending', SELECT_PENDING);
    outbox.publish(remaining.map(({ body }) => encodeEvent(JSON.parse(body) as Event)));
    return outbox;
  }

  /** Inserts events in the session's open transaction. The caller passes them to {@link publish} after the commit. */
  async add(session: Session, events: readonly EncodedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const ids = events.map(({ event }) => event.id);
    await session.query('outbox_add', INSERT_OUTBOX, [ids, encodeTextArray(events.map(({ body }) => body))]);
  }

  publish(events: readonly EncodedEvent[]): void {
    this.socket.cork(); // one system call for all events
    for (const { event, body } of events) {
      this.channel.publish(
        eventExchange(event),
        eventRoutingKey(event),
        Buffer.from(body),
        {
          contentType: 'application/cloudevents+json',
          messageId: event.id,
          type: event.type,
          timestamp: Math.floor(Date.parse(event.time) / 1000),
          persistent: true,
          userId: this.userId,
          appId: event.source.slice(1),
          correlationId: event.correlationid,
        },
        (error) => {
          if (error) throw error as Error;
          this.confirmed.add(event.id);
        },
      );
    }
    process.nextTick(() => this.socket.uncork());
  }
}

/** Consumes all partitions on one channel: all pending deliveries are one batch with one acknowledgement. */
export async function consume(
  brokerUrl: string,
  consumer: string,
  handle: (events: readonly Event[]) => Promise<void>,
): Promise<void> {
  const channel = await (await connect(brokerUrl, { noDelay: true })).createChannel();
  await channel.prefetch(PREFETCH);
  const deliveries = new Batcher<ConsumeMessage>(async (batch) => {
    await handle(batch.map(({ content }) => JSON.parse(content.toString()) as Event));
    channel.ack(batch.at(-1)!, true);
  });
  for (let partition = 0; partition < PARTITIONS; partition += 1)
    await channel.consume(`${consumer}.${partition}`, (delivery) => deliveries.add(delivery!));
}

const CLAIM_MESSAGES = `
  INSERT INTO inbox (message_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING message_id AS id`;

/** Claims messages in the session's open transaction. @returns the events that were not claimed before */
export async function claim(session: Session, events: readonly Event[]): Promise<readonly Event[]> {
  const claimed = await session.query<{ id: string }>('inbox_claim', CLAIM_MESSAGES, [
    events.map(({ id }) => id),
  ]);
  if (claimed.length === events.length) return events;
  const fresh = new Set(claimed.map(({ id }) => id));
  return events.filter(({ id }) => fresh.delete(id));
}

/** amqplib's types do not declare the socket. */
function getSocket({ connection }: ChannelModel): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}
