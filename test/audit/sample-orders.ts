import type { InProcessShop } from './in-process-shop.js';

/** One order of every end there is, and what goes with them. */
export interface SampleOrders {
  readonly completed: string;
  readonly outOfStock: string;
  readonly declined: string;
  readonly captureRefused: string;
  /** Completed, then cancelled by the customer. */
  readonly refunded: string;
  /** The gateway refused its refund: an operator's task. */
  readonly refundRefused: string;
  /** Both sides heard of the cancellation before they heard of the order. */
  readonly tombstoned: string;
  /** What inventory said of it arrived in the wrong order. */
  readonly overtaken: string;
  /** A `product.listed` that inventory could not handle. */
  readonly deadLetter: string;
}

/** @param chapter another one each time it is told to the same shop */
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
  if (!message) throw new Error('nothing was published');
  await shop.addDeadLetter('inventory', 'inventory.order-processing.0', message);
  return message.id;
}
