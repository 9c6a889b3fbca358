import type { OrderEvent } from '../naive/points.js';

/**
 * Chooses the partition of an event, 0 to `partitions` - 1. Each partition is a queue with one consumer.
 *
 * TODO: the events of one order go to different partitions, whose consumers run at different speeds. Keep the events of
 * each order in order, and let all consumers work. 练习：同一笔订单的事件要保持顺序，同时每个消费者都有活干。
 */
export function choosePartition(event: OrderEvent, partitions: number): number {
  return event.number % partitions;
}
