import { crc32 } from 'node:zlib';
import type { EventContract, Service } from '#contracts';

/**
 * The number of slots of the partition keys. It can never change: routing keys contain the slot, and queues are bound to
 * slots, so another number would route one key to two queues while messages are in them.
 */
export const SLOT_COUNT = 16;

/** The slot of a partition key, 0 to 15: CRC-32 (IEEE 802.3) of its UTF-8 bytes, modulo {@link SLOT_COUNT}. */
export function slotForKey(partitionKey: string): number {
  return crc32(partitionKey) % SLOT_COUNT;
}

/** The topic exchange to which a service publishes all of its events. */
export function eventsExchange(service: Service): string {
  return `${service}.events`;
}

/** The routing key `<event>.<slot>`, for example `order.placed.7`. It carries no version. */
export function routingKey(contract: Pick<EventContract, 'name'>, partitionKey: string): string {
  return `${contract.name}.${slotForKey(partitionKey)}`;
}

/** The queue of one partition of a consumer, for example `inventory.order-processing.2`. */
export function partitionQueue(consumer: string, partition: number): string {
  return `${consumer}.${partition}`;
}

/** The partition that receives a slot, 0 to `partitions` - 1. */
export function partitionForSlot(slot: number, partitions: number): number {
  return slot % partitions;
}

/**
 * Asserts that `partitions` divides {@link SLOT_COUNT}, so that every partition receives the same number of slots.
 *
 * @throws RangeError otherwise
 */
export function assertPartitionCount(partitions: number): void {
  if (!Number.isInteger(partitions) || partitions < 1 || SLOT_COUNT % partitions !== 0) {
    throw new RangeError(
      `partitions must be 1, 2, 4, 8 or 16, not ${partitions}: it must divide ${SLOT_COUNT}`,
    );
  }
}

/**
 * The delay before each further attempt of a failed message, in ms. Each step has its own delay queue: RabbitMQ expires
 * messages only at the head of a queue, so two TTLs in one queue would delay the shorter one.
 */
export const RETRY_STEPS = [
  { name: '1s', delayMs: 1_000 },
  { name: '5s', delayMs: 5_000 },
  { name: '30s', delayMs: 30_000 },
  { name: '2m', delayMs: 120_000 },
] as const;

/** The exchange to which a service publishes the messages that it retries later; routes to the delay queues. */
export function retryExchange(service: Service): string {
  return `${service}.retry`;
}

/** The exchange to which delay queues dead-letter an expired message; routes back to its partition. */
export function retryDueExchange(service: Service): string {
  return `${service}.retry.due`;
}

/** The delay queue of one of the {@link RETRY_STEPS}. */
export function retryQueue(service: Service, step: string): string {
  return `${service}.retry.${step}`;
}

/** The exchange to which a service's partitions dead-letter. */
export function deadLetterExchange(service: Service): string {
  return `${service}.dead-letters`;
}

/** The queue of messages that the broker has dead-lettered, until the service stores them in its table. */
export function deadLetterQueue(service: Service): string {
  return `${service}.dead-letters`;
}

/** The exchange and the queue that keep unroutable messages, so that a missing binding loses none and shows. */
export const UNROUTED = 'unrouted';
