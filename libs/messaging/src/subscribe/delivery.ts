import type { ConsumeMessage } from 'amqplib';

/** A delivered message with the name of its queue, which AMQP does not deliver. */
export interface Delivery extends ConsumeMessage {
  readonly queue: string;
}

/**
 * A message is suspected to be a poison message from this number of returns. Each restart and each lost connection
 * returns all prefetched messages; one that was prefetched at two of them may have caused them.
 */
const SUSPECT_DELIVERY_COUNT = 2;

/** How often the message was returned unacknowledged: the quorum queue's `x-delivery-count`; 0 without one. */
export function deliveryCount({ fields, properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return fields.redelivered && typeof count === 'number' ? count : 0;
}

/** Whether the message was returned so often that handling it may end the process. */
export function isPoisonSuspect(delivery: ConsumeMessage): boolean {
  return deliveryCount(delivery) >= SUSPECT_DELIVERY_COUNT;
}
