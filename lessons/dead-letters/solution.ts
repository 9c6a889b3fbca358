import type { Options } from 'amqplib';
import type { Delivery } from '../naive/points.js';

export const DEAD_LETTERS = 'lesson.dead-letters';

/** A rejected message moves to the queue of dead letters with its bytes and the reason. */
export const queueOptions: Options.AssertQueue = {
  durable: true,
  deadLetterExchange: 'lesson.direct',
  deadLetterRoutingKey: DEAD_LETTERS,
};

/** Only an error that a retry can repair requeues the message. */
export async function receive({ db, read, ack, reject, requeue }: Delivery): Promise<void> {
  try {
    await db.query('INSERT INTO credits (order_id) VALUES ($1)', [read().orderId]);
    ack();
  } catch (error) {
    if (error instanceof SyntaxError) reject();
    else requeue();
  }
}
