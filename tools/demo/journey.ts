import { until } from '../client/wait-until.js';

import type { Books, InboxRow, OutboxRow } from './database-reader.js';
import { queuesFor, type Route } from './broker.js';
import { serviceNames } from '../client/api-types.js';

/** One message about an order: from its producer's outbox to the inbox of everyone who subscribes to it. */
export interface Leg {
  readonly message: OutboxRow;
  /** None for an announcement, which nobody of ours needs. */
  readonly arrivals: readonly Arrival[];
}

export interface Arrival extends Route {
  /** Undefined while it is under way. */
  readonly inbox: InboxRow | undefined;
}

/** The whole way of an order, in the order its messages were written; waits until all of them have arrived. */
export function journeyOf(books: Books, orderId: string): Promise<readonly Leg[]> {
  return until(
    `all messages of order ${orderId}`,
    () => readJourney(books, orderId),
    (legs) => legs.every(hasArrived),
  );
}

/** Published, and in the inbox of every subscriber. */
export function hasArrived({ message, arrivals }: Leg): boolean {
  return message.publishedAt !== null && arrivals.every(({ inbox }) => inbox !== undefined);
}

async function readJourney(books: Books, orderId: string): Promise<Leg[]> {
  const outboxes = await Promise.all(serviceNames.map((service) => books.outbox(service, orderId)));
  const inboxes = await Promise.all(serviceNames.map((service) => books.inbox(service, orderId)));
  const arrived = inboxes.flat();
  return outboxes
    .flat()
    .sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())
    .map((message) => ({
      message,
      arrivals: queuesFor(message).map((route) => ({
        ...route,
        inbox: arrived.find(
          ({ consumer, messageId }) => consumer === route.consumer && messageId === message.id,
        ),
      })),
    }));
}
