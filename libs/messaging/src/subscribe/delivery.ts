import type { ConsumeMessage } from 'amqplib';

/** A delivered message with the name of its queue, which AMQP does not deliver. */
export interface Delivery extends ConsumeMessage {
  readonly queue: string;
}
