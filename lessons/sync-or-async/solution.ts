import type { Chain, ChainOrder } from '../naive/chain.js';

/** Accepting an order needs the queue only. */
export async function placeOrder({ enqueue }: Chain, order: ChainOrder): Promise<void> {
  await enqueue(order);
}

/** The consumer calls the services; a rejection returns the order to the queue. */
export async function handleOrder({ callInventory, callPayment }: Chain, order: ChainOrder): Promise<void> {
  await callInventory(order);
  await callPayment(order);
}
