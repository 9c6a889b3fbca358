import { waitUntil } from '../client/wait-until.js';

import type { DatabaseReader, InboxRow, OutboxRow } from './database-reader.js';
import { routesFor, type Route } from './broker.js';
import { serviceNames } from '../client/api-types.js';

/** One message of an order, from its producer's outbox to the inbox of each subscriber. */
export interface MessageTrace {
  readonly message: OutboxRow;
  /** Empty for an announcement, which has no subscriber. */
  readonly deliveries: readonly Delivery[];
}

export interface Delivery extends Route {
  /** Undefined until the subscriber has claimed the message. */
  readonly inbox: InboxRow | undefined;
}

/** Waits until all messages of an order are delivered, and returns them in the order they were written. */
export function waitForTrace(database: DatabaseReader, orderId: string): Promise<readonly MessageTrace[]> {
  return waitUntil(
    `all messages of order ${orderId}`,
    () => readTrace(database, orderId),
    (traces) => traces.every(isDelivered),
  );
}

/** Whether a message is marked published and in the inbox of every subscriber. */
export function isDelivered({ message, deliveries }: MessageTrace): boolean {
  return message.publishedAt !== null && deliveries.every(({ inbox }) => inbox !== undefined);
}

async function readTrace(database: DatabaseReader, orderId: string): Promise<MessageTrace[]> {
  const outboxes = await Promise.all(serviceNames.map((service) => database.outbox(service, orderId)));
  const inboxes = await Promise.all(serviceNames.map((service) => database.inbox(service, orderId)));
  const arrived = inboxes.flat();
  return outboxes
    .flat()
    .sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())
    .map((message) => ({
      message,
      deliveries: routesFor(message).map((route) => ({
        ...route,
        inbox: arrived.find(
          ({ consumer, messageId }) => consumer === route.consumer && messageId === message.id,
        ),
      })),
    }));
}
