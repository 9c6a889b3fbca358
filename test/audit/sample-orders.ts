import type { InProcessShop } from './in-process-shop.js';

/** Ids of one order per outcome, and of one dead letter. */
export interface SampleOrders {
  readonly completed: string;
  readonly outOfStock: string;
  readonly declined: string;
  readonly captureRefused: string;
  /** Completed, then cancelled and refunded. */
  readonly refunded: string;
  /** Completed, then cancelled; the gateway refused the refund, so the order stays `cancelling`. */
  readonly refundRefused: string;
  /** Inventory and payment received `order.cancelled` before `order.placed`. */
  readonly tombstoned: string;
  /** Order received the results of inventory and payment in reverse, then once more in order. */
  readonly overtaken: string;
  /** The message id of a `product.listed` that is a dead letter of inventory. */
  readonly deadLetter: string;
}

/**
 * Runs one order per outcome to its end.
 *
 * @param run another number on each call for the same shop: the price of the product in the dead letter
 */
export async function createSampleOrders(shop: InProcessShop, run = 1): Promise<SampleOrders> {
  await shop.addStock('TEA', 1_250, 100);
  await shop.addStock('CUP', 990, 100);
  await shop.addStock('TEA', 1_300, 0);
  await shop.addStock('GONE', 500, 0);
  const tea = [{ sku: 'TEA', quantity: 2 }];

  const completed = await shop.place('tok_visa', [...tea, { sku: 'CUP', quantity: 1 }, ...tea]);
  const outOfStock = await shop.place('tok_visa', [...tea, { sku: 'GONE', quantity: 1 }]);
  const declined = await shop.place('tok_declined', tea);
  const captureRefused = await shop.place('tok_capture_refused', tea);
  const refunded = await shop.place('tok_visa', tea);
  const refundRefused = await shop.place('tok_refund_refused', tea);
  await shop.runUntilIdle();
  await shop.cancel(refunded);
  await shop.cancel(refundRefused);
  await shop.runUntilIdle();

  const tombstoned = await shop.place('tok_visa', tea);
  await shop.cancel(tombstoned);
  await shop.deliver((await shop.publish()).toReversed());
  await shop.runUntilIdle();

  const overtaken = await shop.place('tok_visa', tea);
  await shop.cancel(overtaken);
  await shop.deliver(await shop.publish());
  const results = await shop.publish();
  await shop.deliver([...results.toReversed(), ...results]);
  await shop.runUntilIdle();

  const deadLetter = await createDeadLetter(shop, run);
  return {
    completed,
    outOfStock,
    declined,
    captureRefused,
    refunded,
    refundRefused,
    tombstoned,
    overtaken,
    deadLetter,
  };
}

async function createDeadLetter(shop: InProcessShop, price: number): Promise<string> {
  await shop.listProduct('NEVER-HEARD-OF', price);
  const [message] = await shop.publish();
  if (!message) throw new Error('no event was published');
  await shop.addDeadLetter('inventory', 'inventory.order-processing.0', message);
  return message.id;
}
