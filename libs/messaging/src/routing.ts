import { crc32 } from 'node:zlib';
import type { EventContract, Service } from '#contracts';

/**
 * How many slots a partition key can fall into. Fixed for ever: routing keys carry the slot, and a queue is bound to
 * slots, so changing this would move keys between queues while messages are under way.
 */
export const SLOT_COUNT = 16;

/** The slot of a partition key: CRC-32 of its UTF-8 bytes, modulo {@link SLOT_COUNT}. The same in every language. */
export function slotForKey(partitionKey: string): number {
  return crc32(partitionKey) % SLOT_COUNT;
}

/** The topic exchange on which a service publishes all its events. */
export function eventsExchange(service: Service): string {
  return `${service}.events`;
}

/** `<event>.<slot>`, for example `order.placed.7`. */
export function routingKey(contract: Pick<EventContract, 'name'>, partitionKey: string): string {
  return `${contract.name}.${slotForKey(partitionKey)}`;
}

/** The queue of one partition of a consumer, for example `inventory.order-processing.2`. */
export function partitionQueue(consumer: string, partition: number): string {
  return `${consumer}.${partition}`;
}

/** The partition that serves a slot when a consumer has `partitions` of them. */
export function partitionForSlot(slot: number, partitions: number): number {
  return slot % partitions;
}

/** Throws unless `partitions` divides {@link SLOT_COUNT}: only then does every partition get equally many slots. */
export function assertPartitionCount(partitions: number): void {
  if (!Number.isInteger(partitions) || partitions < 1 || SLOT_COUNT % partitions !== 0) {
    throw new RangeError(
      `partitions must be 1, 2, 4, 8 or 16, not ${partitions}: it must divide ${SLOT_COUNT}`,
    );
  }
}

/** How long a failed message waits before each further attempt. One delay queue per step: never two TTLs in one queue. */
export const RETRY_STEPS = [
  { name: '1s', delayMs: 1_000 },
  { name: '5s', delayMs: 5_000 },
  { name: '30s', delayMs: 30_000 },
  { name: '2m', delayMs: 120_000 },
] as const;

/** Where a service sends what it wants to see again later. */
export function retryExchange(service: Service): string {
  return `${service}.retry`;
}

/** Where delay queues put a message when its time has come; bound back to every partition. */
export function retryDueExchange(service: Service): string {
  return `${service}.retry.due`;
}

export function retryQueue(service: Service, step: string): string {
  return `${service}.retry.${step}`;
}

/** The exchange to which a service's work queues dead-letter. */
export function deadLetterExchange(service: Service): string {
  return `${service}.dead-letters`;
}

/** What the broker gave up on, until the service has moved it into its own table. */
export function deadLetterQueue(service: Service): string {
  return `${service}.dead-letters`;
}

/** Takes what no queue is bound for, so that a forgotten binding is seen and its messages are kept. */
export const UNROUTED = 'unrouted';
