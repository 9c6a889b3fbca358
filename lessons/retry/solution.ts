import type { Options } from 'amqplib';
import type { Delivery } from '../naive/points.js';

export const ATTEMPTS_MAX = 5;

/** An expired message moves to the exchange, with the routing key of the queue of points. */
export const delayQueueOptions: Options.AssertQueue = {
  messageTtl: 300,
  deadLetterExchange: 'lesson.direct',
  deadLetterRoutingKey: 'lesson.points',
};

/** The copy is confirmed before the delivery is acknowledged: a crash between them doubles the message, and loses none. */
export async function receive(delivery: Delivery): Promise<void> {
  const { db, read, ack, reject, attempt, retryLater } = delivery;
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch {
    if (attempt >= ATTEMPTS_MAX) return reject();
    await retryLater();
    ack();
  }
}
