import type { GatewayClient, PaidOrder } from '../naive/chain.js';

/** Every attempt carries the same key, and the key is known after a restart: it is derived from the order. */
export async function charge({ authorize }: GatewayClient, order: PaidOrder): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      await authorize(`authorize-${order.id}`, order);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
