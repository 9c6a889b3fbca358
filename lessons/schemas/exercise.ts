import type { VersionedEvent } from '../naive/points.js';

/**
 * Reads the points of a completed order: one for each 元 (100 分). The versions of the event:
 *
 * - `order.completed.v1`: `{ "orderId": "…", "total": { "amount": 12900, "currency": "CNY" } }`
 * - `order.completed.v2`: `{ "orderId": "…", "totalAmount": 12900, "currency": "CNY" }`
 *
 * TODO: a version 2 gives no point, without an error. Read both versions, and throw for every other message: a thrown
 * error makes it a dead letter. 练习：兼容两个版本；其他报文一律抛出错误，使其进入死信。
 */
export function readPoints({ data }: VersionedEvent): number {
  const { total } = data as { total?: { amount: number } };
  return (total?.amount ?? 0) / 100;
}
