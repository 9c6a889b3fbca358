import type { Options } from 'amqplib';
import type { Delivery } from '../naive/points.js';

/** A queue for messages that cannot be handled, bound to the exchange `lesson.direct` with its name as the routing key. */
export const DEAD_LETTERS = 'lesson.dead-letters';

/** TODO 1: give the queue a dead-letter exchange and routing key. 练习一：为队列配置死信交换机和路由键。 */
export const queueOptions: Options.AssertQueue = { durable: true };

/**
 * TODO 2: a malformed message fails always, an unavailable database fails for a moment. Reject the one, requeue the other.
 * 练习二：报文损坏永远失败，应拒绝；数据库暂时不可用，应重新入队。
 */
export async function receive({ db, read, ack, reject }: Delivery): Promise<void> {
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch {
    reject();
  }
}
