import { randomUUID } from 'node:crypto';
import type { GatewayClient, PaidOrder } from '../naive/chain.js';

/**
 * Charges an order at the gateway. `authorize` rejects if no response arrives in time; the gateway may have charged.
 *
 * TODO: the second attempt is a second charge. The gateway executes each idempotency key once.
 * 练习：超时重试会重复扣款。网关对同一个幂等键只执行一次。
 */
export async function charge({ authorize }: GatewayClient, order: PaidOrder): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      await authorize(randomUUID(), order);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
