import { productListed } from '#contracts';
import type { Transaction } from '#database';
import { type Cause, outgoingEvent } from '#messaging';
import type { Outbox } from '#outbox';
import { lockOrAddProduct, type Product, saveProduct } from '../persistence/products.js';

export type ProductDetails = Omit<Product, 'priceVersion'>;

/**
 * Lists a product, or changes its name or its price. A new price is a new version in the history, so placed orders keep
 * their price. Details equal to the stored ones change no row and publish no event.
 */
export async function listProduct(
  tx: Transaction,
  outbox: Outbox,
  details: ProductDetails,
  cause: Cause,
): Promise<Product> {
  const before = await lockOrAddProduct(tx, details);
  const isNew = before.priceVersion === 0;
  const isSamePrice =
    !isNew &&
    before.price.amount === details.price.amount &&
    before.price.currency === details.price.currency;
  const isSameName = before.name.en === details.name.en && before.name.zh === details.name.zh;
  if (isSamePrice && isSameName) return before;

  const product = { ...details, priceVersion: isSamePrice ? before.priceVersion : before.priceVersion + 1 };
  await saveProduct(tx, before, product);
  const { sku, priceVersion } = product;
  await outbox.add(tx, [outgoingEvent(productListed, sku, priceVersion, product, cause)]);
  return product;
}
