import type { Options } from 'amqplib';
import type { Intake, Order } from '../naive/storefront.js';

/** The broker nacks an order that does not fit. */
export const queueOptions: Options.AssertQueue = {
  maxLength: 10,
  arguments: { 'x-overflow': 'reject-publish' },
};

/** Only a confirmed order is accepted; a refused customer may try again. */
export async function accept({ publish }: Intake, order: Order): Promise<number> {
  return publish(order).then(
    () => 202,
    () => 503,
  );
}
