import { crc32 } from 'node:zlib';
import type { OrderEvent } from '../naive/points.js';

/** The same order always has the same partition; the hash spreads the orders. */
export function choosePartition({ orderId }: OrderEvent, partitions: number): number {
  return crc32(orderId) % partitions;
}
