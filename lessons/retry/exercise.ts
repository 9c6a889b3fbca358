import type { Options } from 'amqplib';
import type { Delivery } from '../naive/points.js';

/** The failed attempts after which a message becomes a dead letter. */
export const ATTEMPTS_MAX = 5;

/**
 * The queue `lesson.delay`, which no program consumes.
 *
 * TODO 1: return its messages to `lesson.points` after 300 ms. 练习一：让延迟队列里的消息 300 毫秒后回到 `lesson.points`。
 */
export const delayQueueOptions: Options.AssertQueue = { deadLetterExchange: 'lesson.direct' };

/**
 * TODO 2: call `retryLater`, then `ack`; after `ATTEMPTS_MAX` attempts call `reject` for a dead letter.
 * 练习二：失败后先 `retryLater` 再 `ack`；尝试 `ATTEMPTS_MAX` 次后 `reject`，进入死信队列。
 */
export async function receive({ db, read, ack, requeue }: Delivery): Promise<void> {
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch {
    requeue();
  }
}
