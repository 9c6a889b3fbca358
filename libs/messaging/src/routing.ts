import { crc32 } from 'node:zlib';
import type { EventContract, Service } from '#contracts';

/**
 * How many slots a partition key can fall into. Fixed for ever: routing keys carry the slot, and a queue is bound to
 * slots, so changing this would move keys between queues while messages are under way.
 */
export const SLOT_COUNT = 16;

/** The slot of a partition key: CRC-32 of its UTF-8 bytes, modulo {@link SLOT_COUNT}. The same in every language. */
export function slotOf(partitionKey: string): number {
  return crc32(partitionKey) % SLOT_COUNT;
}

/** The topic exchange on which a service publishes all its events. */
export function eventsExchange(service: Service): string {
  return `${service}.events`;
}

/** `<event>.<slot>`, for example `order.placed.7`. */
export function routingKey(contract: Pick<EventContract, 'name'>, partitionKey: string): string {
  return `${contract.name}.${slotOf(partitionKey)}`;
}

/** The queue of one partition of a consumer, for example `inventory.order-processing.2`. */
export function partitionQueue(consumer: string, partition: number): string {
  return `${consumer}.${partition}`;
}

/** The partition that serves a slot when a consumer has `partitions` of them. */
export function partitionOfSlot(slot: number, partitions: number): number {
  return slot % partitions;
}

/** Throws unless `partitions` divides {@link SLOT_COUNT}: only then does every partition get equally many slots. */
export function assertPartitions(partitions: number): void {
  if (!Number.isInteger(partitions) || partitions < 1 || SLOT_COUNT % partitions !== 0) {
    throw new RangeError(
      `partitions must be 1, 2, 4, 8 or 16, not ${partitions}: it must divide ${SLOT_COUNT}`,
    );
  }
}
