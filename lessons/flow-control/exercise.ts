import type { Options } from 'amqplib';
import type { Intake, Order } from '../naive/storefront.js';

/**
 * TODO 1: a full queue drops its oldest order. Keep the bound of ten, and let the broker refuse the new order instead.
 * 练习一：队列满了会丢弃最老的订单。保留上限十条，改为由消息队列拒绝新订单。
 */
export const queueOptions: Options.AssertQueue = { maxLength: 10, arguments: { 'x-overflow': 'drop-head' } };

/**
 * Serves one customer. `publish` rejects when the broker refuses the order.
 *
 * TODO 2: answer 503 to a customer whose order is refused. 练习二：订单被拒绝时返回 503，让客户稍后重试。
 */
export async function accept({ publish }: Intake, order: Order): Promise<number> {
  await publish(order);
  return 202;
}
