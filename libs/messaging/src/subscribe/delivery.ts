import type { ConsumeMessage } from 'amqplib';

/** A message as the broker delivered it, and the queue it was taken from, which it does not say itself. */
export interface Delivery extends ConsumeMessage {
  readonly queue: string;
}

/**
 * From how many returns on a message is suspected of ending its process. Every restart and every lost connection
 * returns what was prefetched; what was there both times may be the reason.
 */
const SUSPECT_DELIVERY_COUNT = 2;

/** How often the broker has got this message back unacknowledged: the quorum queue's own count, which has a limit. */
export function deliveryCount({ fields, properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return fields.redelivered && typeof count === 'number' ? count : 0;
}

export function isPoisonSuspect(delivery: ConsumeMessage): boolean {
  return deliveryCount(delivery) >= SUSPECT_DELIVERY_COUNT;
}
