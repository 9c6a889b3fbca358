import type { Chain, ChainOrder } from '../naive/chain.js';

/**
 * Serves a customer who places an order.
 *
 * TODO 1: the customer waits for inventory and the gateway, and fails with them. Accept the order at once.
 * 练习一：客户要等库存和支付网关，其中一个不可用就下单失败。改为立即受理。
 */
export async function placeOrder({ callInventory, callPayment }: Chain, order: ChainOrder): Promise<void> {
  await callInventory(order);
  await callPayment(order);
}

/**
 * Handles an order of the queue, after its customer was served. If it rejects, the order returns to the queue.
 *
 * TODO 2: do the slow work here. 练习二：慢的工作放到这里，由消费者完成。
 */
export async function handleOrder(_chain: Chain, _order: ChainOrder): Promise<void> {}
