import { randomUUID } from 'node:crypto';
import type { ShopAccess } from '../shop-access.js';

const DEFAULT_SKU = 'TEA-LONGJING-100G';
const DEFAULT_TOKEN = 'tok_visa';

export interface PlacedOrder {
  readonly sku?: string | undefined;
  readonly quantity?: number | undefined;
  readonly paymentToken?: string | undefined;
}

/** Places orders over REST, as a customer does. */
export class OrderPlacement {
  /** @param onAccepted receives the id of each accepted order */
  constructor(
    private readonly access: ShopAccess,
    private readonly onAccepted: (orderId: string) => void,
  ) {}

  /** Places one order. @throws SourceUnavailableError, ShopRequestError when order refuses it */
  async place({
    sku = DEFAULT_SKU,
    quantity = 1,
    paymentToken = DEFAULT_TOKEN,
  }: PlacedOrder): Promise<{ readonly id: string }> {
    const body = { lines: [{ sku, quantity }], paymentToken };
    const { id } = await this.access.placeOrder(body, `console-${randomUUID()}`);
    this.onAccepted(id);
    return { id };
  }

  /** Places orders concurrently. Rejects with the first refusal, after every response. */
  async placeMany(count: number, order: PlacedOrder): Promise<readonly string[]> {
    const results = await Promise.allSettled(Array.from({ length: count }, () => this.place(order)));
    const refused = results.find((result) => result.status === 'rejected');
    if (refused) throw refused.reason;
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
  }
}
